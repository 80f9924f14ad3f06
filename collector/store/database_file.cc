#include "collector/store/database_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/place.h"
#include "common/process_owner.h"

namespace faultline::store {
namespace {

absl::Status Cannot(int error, const std::string& doing, const std::string& path,
                    const std::string& field) {
  std::string fix = absl::StrCat("name another place with ", field);
  if (error == EACCES || error == EPERM) {
    fix = absl::StrCat("the collector's user must own it: chown ", OwnUser(), " ", path);
  }
  return absl::ErrnoToStatus(error, absl::StrCat("cannot ", doing, " ", path, " (", fix, ")"));
}

absl::Status MakeDirectories(const std::string& path, const std::string& field) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string directory = path.substr(0, slash);
    if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
      return Cannot(errno, "make the directory", directory, field);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSchema(int64_t found, int known, const std::string& what,
                         const std::string& fix) {
  if (found <= known) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(what, " was written by a newer collector (schema ",
                                                 found, ", this one knows up to ", known, "); ",
                                                 fix));
}

int64_t SchemaOfFile(const std::string& path) {
  // https://www.sqlite.org/fileformat.html#the_database_header: big-endian, at offset 60.
  constexpr size_t kHeader = 100;
  constexpr size_t kUserVersion = 60;
  std::array<char, kHeader> header{};
  std::ifstream file(path, std::ios::binary);
  const bool is_database =
      file.read(header.data(), header.size()) &&
      std::string_view(header.data(), 16) == std::string_view("SQLite format 3", 16);
  if (!is_database) return 0;
  uint32_t version = 0;
  for (size_t i = 0; i < 4; ++i) {
    version = version << 8 | static_cast<unsigned char>(header[kUserVersion + i]);
  }
  return static_cast<int32_t>(version);
}

absl::Status DatabaseFile::Examine(const std::string& path, const std::string& field) {
  const auto of_field = [&field](absl::StatusCode code, const std::string& what) {
    return absl::Status(code, absl::StrCat(field, ": ", what));
  };
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    const absl::Status place = CheckPlace(path.substr(0, path.rfind('/') + 1) + ".");
    return place.ok() ? place : of_field(place.code(), std::string(place.message()));
  }
  if (S_ISDIR(info.st_mode)) {
    return of_field(
        absl::StatusCode::kInvalidArgument,
        absl::StrCat(path, " is a directory; name a file in it, like ", path, "/faultline.db"));
  }
  if (!S_ISREG(info.st_mode)) {
    return of_field(absl::StatusCode::kInvalidArgument,
                    absl::StrCat(path, " is not a regular file; name another place"));
  }
  if (access(path.c_str(), R_OK | W_OK) == 0) return absl::OkStatus();
  return Cannot(errno, "open", path, field);
}

absl::StatusOr<DatabaseFile> DatabaseFile::Claim(const std::string& path,
                                                 const std::string& field) {
  if (absl::Status fit = Examine(path, field); !fit.ok()) return fit;
  if (absl::Status status = MakeDirectories(path, field); !status.ok()) return status;
  const std::string lock_path = path + ".lock";
  DatabaseFile claimed(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (claimed.lock_fd_ < 0) return Cannot(errno, "make", lock_path, field);
  if (flock(claimed.lock_fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Cannot(errno, "lock", lock_path, field);
    return absl::UnavailableError(
        absl::StrCat(path, " is in use by another collector; stop it, or give this one a ", field,
                     " of its own"));
  }
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
  if (fd < 0) return Cannot(errno, "open", path, field);
  struct stat info {};
  const int stat_error = fstat(fd, &info) == 0 ? 0 : errno;
  const bool is_file = stat_error == 0 && S_ISREG(info.st_mode);
  // SQLite gives its -wal and -shm files the mode of the database.
  const int mode_error = is_file && fchmod(fd, 0600) != 0 ? errno : 0;
  close(fd);
  if (stat_error != 0) return Cannot(stat_error, "examine", path, field);
  if (!is_file) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is not a regular file; name another place with ", field));
  }
  if (mode_error != 0) return Cannot(mode_error, "make private", path, field);
  return claimed;
}

DatabaseFile::DatabaseFile(DatabaseFile&& other) noexcept
    : lock_fd_(std::exchange(other.lock_fd_, -1)) {}

DatabaseFile::~DatabaseFile() {
  if (lock_fd_ >= 0) close(lock_fd_);
}

}  // namespace faultline::store
