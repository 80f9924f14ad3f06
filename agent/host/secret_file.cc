#include "agent/host/secret_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "agent/host/fd.h"
#include "common/process_owner.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxSecretFile = 4096;

}  // namespace

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  Wipe();
  value_ = other.value_;
  other.Wipe();
  return *this;
}

void Secret::Wipe() {
  explicit_bzero(value_.data(), value_.size());
  value_.clear();
}

absl::StatusOr<Secret> ReadSecretFile(const std::string& path, const std::string& what) {
  // A FIFO without a writer would block.
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) {
    const int error = errno;
    return absl::ErrnoToStatus(
        error, absl::StrCat("cannot read ", what, " ", path, error == EACCES ? "; " : "",
                            error == EACCES ? HowToMayRead(path) : ""));
  }
  struct stat about {};
  if (fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(what, " ", path, " is no file"));
  }
  if ((about.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "everybody on this host may %s %s %s (mode %03o); chmod 640 it, owned by root and the "
        "agent's group",
        (about.st_mode & S_IROTH) != 0 ? "read" : "write", what, path, about.st_mode & 07777));
  }
  char text[kMaxSecretFile + 1];
  size_t size = 0;
  while (size < sizeof(text)) {
    const ssize_t got = read(fd.get(), text + size, sizeof(text) - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", what, " ", path));
    }
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  const bool too_long = size > kMaxSecretFile;
  size_t length = 0;
  while (length < size && text[length] != '\n' && text[length] != '\r') ++length;
  Secret secret(std::string(text, too_long ? 0 : length));
  explicit_bzero(text, sizeof(text));
  if (too_long) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " ", path, " has more than ", kMaxSecretFile, " bytes"));
  }
  if (secret.value().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(what, " ", path, " has an empty first line"));
  }
  return secret;
}

std::string SecretFileStamp(const std::string& path) {
  struct stat about {};
  if (stat(path.c_str(), &about) != 0) return "";
  return absl::StrCat(about.st_dev, " ", about.st_ino, " ", about.st_size, " ",
                      about.st_ctim.tv_sec, ".", about.st_ctim.tv_nsec);
}

absl::StatusOr<Secret> ReadSecretVariable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) {
    return absl::NotFoundError(absl::StrCat(
        "the environment variable ", name,
        " is not set; set it for the agent (EnvironmentFile= in its unit) or use password_file"));
  }
  return Secret(value);
}

}  // namespace faultline::host
