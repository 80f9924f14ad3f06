#include "agent/host/position_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "agent/host/fd.h"
#include "agent/host/fnv.h"

namespace faultline::host {

std::optional<std::string> LoadPosition(const std::string& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid()) return std::nullopt;
  std::string text(kMaxPositionBytes + 1, '\0');
  const ssize_t n = read(fd.get(), text.data(), text.size());
  if (n < 0 || static_cast<size_t>(n) > kMaxPositionBytes) return std::nullopt;
  text.resize(static_cast<size_t>(n));
  return text;
}

absl::Status SavePosition(const std::string& path, const std::string& text) {
  if (path.empty()) return absl::OkStatus();
  const std::string temporary = path + ".new";
  Fd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", temporary));
  if (write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", temporary));
  }
  fd.Reset();
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot rename to ", path));
  }
  return absl::OkStatus();
}

std::string PositionPath(const std::string& state_dir, const std::string& kind,
                         const std::string& check_id) {
  if (state_dir.empty()) return "";
  return absl::StrFormat("%s/%s-%016x.position", state_dir, kind, Fnv1a(check_id));
}

}  // namespace faultline::host
