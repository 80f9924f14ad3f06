#include "agent/spool/file_io.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"

namespace faultline::spool {
namespace {

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    Reset();
    fd_ = other.fd_;
    other.fd_ = -1;
  }
  return *this;
}

void FileDescriptor::Reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

absl::Status FileError(std::string_view action, const std::string& path, int error) {
  const std::string text = absl::StrCat("cannot ", absl::string_view(action.data(), action.size()),
                                        " ", path, ": ", std::generic_category().message(error));
  switch (error) {
    case ENOENT:
      return absl::NotFoundError(text);
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(
          absl::StrCat(text, "; give the agent's user the right to write there"));
    case ENOSPC:
    case EDQUOT:
      return absl::ResourceExhaustedError(
          absl::StrCat(text, "; free some space on that file system"));
    case EROFS:
      return absl::FailedPreconditionError(
          absl::StrCat(text, "; mount that file system writable or set another state_dir"));
    default:
      return absl::UnavailableError(text);
  }
}

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return FileError("open", path, errno);
  std::string bytes;
  char chunk[64 << 10];
  while (true) {
    const ssize_t got = read(fd.get(), chunk, sizeof(chunk));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError("read", path, errno);
    if (got == 0) return bytes;
    bytes.append(chunk, static_cast<size_t>(got));
    if (bytes.size() > max_bytes) {
      return absl::OutOfRangeError(
          absl::StrCat(path, " is larger than ", max_bytes, " bytes: not a file of the spool"));
    }
  }
}

absl::Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileError("write", path, errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status SyncFile(int fd, const std::string& path) {
  if (fdatasync(fd) != 0) return FileError("sync", path, errno);
  return absl::OkStatus();
}

absl::Status SyncDirectory(const std::string& directory) {
  FileDescriptor fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return FileError("open", directory, errno);
  if (fsync(fd.get()) != 0) return FileError("sync", directory, errno);
  return absl::OkStatus();
}

absl::Status ReplaceFile(const std::string& path, std::string_view bytes) {
  const std::string temp = path + ".tmp";
  FileDescriptor fd(open(temp.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd.valid()) return FileError("create", temp, errno);
  absl::Status status = WriteAll(fd.get(), bytes, temp);
  if (status.ok()) status = SyncFile(fd.get(), temp);
  if (status.ok() && rename(temp.c_str(), path.c_str()) != 0) {
    status = FileError("replace", path, errno);
  }
  if (!status.ok()) {
    unlink(temp.c_str());
    return status;
  }
  return SyncDirectory(ParentOf(path));
}

absl::StatusOr<std::string> SetAside(const std::string& path) {
  for (int attempt = 1; attempt <= 10'000; ++attempt) {
    const std::string aside =
        attempt == 1 ? path + ".bad" : absl::StrCat(path, ".", attempt, ".bad");
    // link refuses an existing name, which rename would overwrite.
    if (link(path.c_str(), aside.c_str()) == 0) {
      if (unlink(path.c_str()) != 0) return FileError("remove", path, errno);
      return aside;
    }
    if (errno != EEXIST) return FileError("set aside", path, errno);
  }
  return absl::ResourceExhaustedError(absl::StrCat("too many files ", path, ".*.bad; remove some"));
}

absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir(directory.c_str()), closedir);
  if (dir == nullptr) return FileError("list", directory, errno);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(dir.get())) names.emplace_back(entry->d_name);
  if (errno != 0) return FileError("list", directory, errno);
  return names;
}

}  // namespace faultline::spool
