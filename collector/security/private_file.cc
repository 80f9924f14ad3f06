#include "collector/security/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace faultline::security {
namespace {

struct Fd {
  explicit Fd(int opened) : fd(opened) {}
  ~Fd() {
    if (fd >= 0) close(fd);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  const int fd;
};

absl::Status Cannot(const char* doing, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot ", doing, " ", path));
}

}  // namespace

absl::Status WriteNewFile(const std::string& path, std::string_view content, unsigned mode) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.fd < 0) return Cannot("make", path);
  while (!content.empty()) {
    const ssize_t written = write(file.fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Cannot("write", path);
    content.remove_prefix(static_cast<size_t>(written));
  }
  // Past the umask, and only when the content is whole.
  if (fchmod(file.fd, mode) != 0) return Cannot("set the mode of", path);
  if (fsync(file.fd) != 0) return Cannot("make durable", path);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadGuardedFile(const std::string& path, const std::string& what,
                                            size_t max_bytes, unsigned forbidden) {
  // Without O_NONBLOCK a FIFO in the file's place would hang.
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat(what, ": cannot read ", path,
                            errno == EACCES ? " (the collector's user must own it)" : ""));
  }
  struct stat info {};
  if (fstat(file.fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(what, ": ", path, " is not a regular file"));
  }
  if ((info.st_mode & forbidden) != 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s: %s has mode %04o, so others may read a secret; if it is the right file, type: chmod "
        "%o %s (and think of what "
        "was read already)",
        what, path, info.st_mode & 07777U, info.st_mode & 07777U & ~forbidden, path));
  }
  std::string content;
  char buffer[4096];
  ssize_t got = 0;
  while (content.size() <= max_bytes && (got = read(file.fd, buffer, sizeof(buffer))) > 0) {
    content.append(buffer, static_cast<size_t>(got));
  }
  if (got < 0) return Cannot("read", path);
  if (content.size() > max_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, ": ", path, " is larger than ", max_bytes, " bytes"));
  }
  return content;
}

absl::Status SyncDirectory(const std::string& path) {
  const Fd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.fd < 0 || fsync(directory.fd) != 0) return Cannot("make durable", path);
  return absl::OkStatus();
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace faultline::security
