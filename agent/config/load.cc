// Reading the file; what is in it is config.cc's matter.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/config/config.h"

namespace faultline::config {
namespace {

constexpr size_t kMaxBytes = 1 << 20;

absl::Status OpenError(int error, const std::string& file) {
  if (error == ENOENT || error == ENOTDIR) {
    return absl::NotFoundError(
        absl::StrCat(file, " does not exist; write it or name another with --config FILE"));
  }
  if (error == EACCES || error == EPERM) {
    return absl::PermissionDeniedError(
        absl::StrCat(file, " may not be read by this user; give it read access, for example: ",
                     "chgrp faultline ", file, " && chmod 640 ", file));
  }
  return absl::ErrnoToStatus(error, absl::StrCat("cannot read ", file));
}

}  // namespace

absl::StatusOr<AgentConfig> LoadAgentConfig(const std::string& file) {
  // Without O_NONBLOCK a FIFO in the file's place would hang the start.
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return OpenError(errno, file);
  struct stat info {};
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    close(fd);
    return absl::InvalidArgumentError(
        absl::StrCat(file, " is a directory; name the file with --config FILE"));
  }
  std::string text;
  char buffer[16384];
  ssize_t n = 0;
  // One byte more than allowed, so that the parser sees that it is too much.
  while (text.size() <= kMaxBytes && (n = read(fd, buffer, sizeof(buffer))) > 0) {
    text.append(buffer, static_cast<size_t>(n));
  }
  const int error = errno;
  close(fd);
  if (n < 0) return OpenError(error, file);
  return ParseAgentConfig(text, file);
}

}  // namespace faultline::config
