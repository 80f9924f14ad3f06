#include "agent/host/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/host/fd.h"

namespace faultline::host {
namespace {

absl::StatusOr<Fd> OpenRegular(const std::string& path, struct stat* info) {
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  if (fstat(fd.get(), info) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot look at ", path));
  }
  if (!S_ISREG(info->st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is not a file"));
  }
  return fd;
}

absl::StatusOr<std::string> ReadFrom(const Fd& fd, const std::string& path, size_t max_bytes) {
  std::string text;
  std::array<char, 4096> buffer;
  while (text.size() < max_bytes) {
    const size_t want = std::min(buffer.size(), max_bytes - text.size());
    const ssize_t n = read(fd.get(), buffer.data(), want);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
    if (n == 0) break;
    text.append(buffer.data(), static_cast<size_t>(n));
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes) {
  struct stat info {};
  const absl::StatusOr<Fd> fd = OpenRegular(path, &info);
  if (!fd.ok()) return fd.status();
  return ReadFrom(*fd, path, max_bytes);
}

std::string SmallFileOrEmpty(const std::string& path) {
  absl::StatusOr<std::string> text = ReadSmallFile(path);
  return text.ok() ? *std::move(text) : "";
}

absl::StatusOr<std::string> ReadTail(const std::string& path, size_t max_bytes) {
  struct stat info {};
  const absl::StatusOr<Fd> fd = OpenRegular(path, &info);
  if (!fd.ok()) return fd.status();
  const auto max = static_cast<off_t>(max_bytes);
  if (info.st_size > max && lseek(fd->get(), info.st_size - max, SEEK_SET) < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
  }
  return ReadFrom(*fd, path, max_bytes);
}

}  // namespace faultline::host
