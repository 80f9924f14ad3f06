#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/process_owner.h"
#include "common/yaml/node.h"

namespace faultline::yaml {
namespace {

absl::Status CannotRead(int error, const std::string& file) {
  if (error == ENOENT || error == ENOTDIR) {
    return absl::NotFoundError(
        absl::StrCat(file, " does not exist; write it or name another with --config FILE"));
  }
  if (error == EACCES || error == EPERM) {
    return absl::PermissionDeniedError(
        absl::StrCat(file, " may not be read by ", OwnUser(), "; ", HowToMayRead(file)));
  }
  return absl::ErrnoToStatus(error, absl::StrCat("cannot read ", file));
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& file) {
  // Without O_NONBLOCK a FIFO in the file's place would hang the start.
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return CannotRead(errno, file);
  struct stat info {};
  const bool is_file = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  std::string text;
  char buffer[16384];
  ssize_t n = 0;
  // One more than allowed, so that the parser sees that it is too much.
  while (is_file && text.size() <= kMaxFileBytes && (n = read(fd, buffer, sizeof(buffer))) > 0) {
    text.append(buffer, static_cast<size_t>(n));
  }
  const int error = errno;
  close(fd);
  if (!is_file) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, " is not a regular file; name the file with --config FILE"));
  }
  if (n < 0) return CannotRead(error, file);
  return text;
}

}  // namespace faultline::yaml
