#include "collector/store/damage.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace faultline::store {
namespace {

constexpr char kMark[] = ".damaged-";
constexpr const char* kCompanions[] = {"-wal", "-journal"};

std::string NotePath(const std::string& path) { return path + ".is-damaged"; }

// A name that nothing has yet.
std::string NewName(const std::string& path, WallTime now) {
  const std::string stem = absl::StrCat(
      path, kMark,
      absl::FormatTime("%Y%m%dT%H%M%SZ", absl::FromUnixNanos(now.ns), absl::UTCTimeZone()));
  std::string name = stem;
  for (int n = 2; access(name.c_str(), F_OK) == 0; ++n) name = absl::StrCat(stem, ".", n);
  return name;
}

void Remove(const std::string& file) {
  unlink(file.c_str());
  for (const char* companion : kCompanions) unlink((file + companion).c_str());
}

}  // namespace

bool IsDamage(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsInternal(status);
}

std::vector<std::string> FilesSetAside(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const std::string prefix = path.substr(slash == std::string::npos ? 0 : slash + 1) + kMark;
  std::vector<std::string> found;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    const bool is_companion = std::any_of(std::begin(kCompanions), std::end(kCompanions),
                                          [&](const char* c) { return absl::EndsWith(name, c); });
    if (absl::StartsWith(name, prefix) && !is_companion) {
      found.push_back(path.substr(0, slash == std::string::npos ? 0 : slash + 1) + name);
    }
  }
  std::sort(found.rbegin(), found.rend());
  return found;
}

absl::StatusOr<std::string> SetAside(const std::string& path, WallTime now) {
  const std::vector<std::string> before = FilesSetAside(path);
  for (size_t i = kMaxSetAside - 1; i < before.size(); ++i) Remove(before[i]);
  std::string name = NewName(path, now);
  if (rename(path.c_str(), name.c_str()) != 0) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("the damaged ", path, " cannot be set aside as ", name));
  }
  for (const char* companion : kCompanions) {
    // Most often there is none.
    (void)rename((path + companion).c_str(), (name + companion).c_str());
  }
  unlink((path + "-shm").c_str());
  unlink(NotePath(path).c_str());
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", path));
  close(fd);
  return name;
}

void NoteDamage(const std::string& path) {
  const int fd = open(NotePath(path).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0) close(fd);
}

bool IsDamageNoted(const std::string& path) { return access(NotePath(path).c_str(), F_OK) == 0; }

}  // namespace faultline::store
