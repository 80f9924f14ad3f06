#include "agent/host/dpkg_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxProcLocks = 1 << 20;

std::string ReadFile(const std::string& path) {
  std::string text;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  std::array<char, 16384> buffer;
  ssize_t n = 0;
  while (text.size() < kMaxProcLocks && (n = read(fd, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<size_t>(n));
  }
  close(fd);
  return text;
}

bool IsPackageManager(int pid) {
  const std::string name = ReadFile(absl::StrCat("/proc/", pid, "/comm"));
  for (const char* known : {"dpkg", "apt", "aptitude", "unattended-upgr", "packagekitd", "synaptic",
                            "needrestart", "python3"}) {
    if (name.rfind(known, 0) == 0) return true;
  }
  return false;
}

// 1 locked, 0 not locked, -1 the file may not be opened.
int AskKernel(const std::string& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) return -1;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const int r = fcntl(fd, F_GETLK, &lock);
  close(fd);
  return r < 0 ? -1 : lock.l_type != F_UNLCK;
}

}  // namespace

std::vector<FileLock> ParseProcLocks(const std::string& text) {
  // "1: POSIX  ADVISORY  WRITE 1234 08:01:131078 0 EOF"
  std::vector<FileLock> locks;
  for (const auto line : absl::StrSplit(text, '\n')) {
    FileLock lock;
    char type[16];
    char mode[16];
    char access[16];
    const std::string copy(line);
    const int fields =
        sscanf(copy.c_str(), "%*[0-9]: %15s %15s %15s %d %x:%x:%" SCNu64, type, mode, access,
               &lock.pid, &lock.device_major, &lock.device_minor, &lock.inode);
    if (fields != 7 || strcmp(type, "POSIX") != 0) continue;
    lock.write = strcmp(access, "WRITE") == 0;
    locks.push_back(lock);
  }
  return locks;
}

bool IsAnyLocked(const std::vector<std::string>& files) {
  std::vector<FileLock> locks;
  bool have_locks = false;
  for (const std::string& file : files) {
    const int answer = AskKernel(file);
    if (answer > 0) return true;
    struct stat info {};
    if (answer == 0 || stat(file.c_str(), &info) != 0) continue;
    if (!have_locks) locks = ParseProcLocks(ReadFile("/proc/locks"));
    have_locks = true;
    for (const FileLock& lock : locks) {
      if (!lock.write || lock.inode != info.st_ino) continue;
      const bool same_device =
          lock.device_major == major(info.st_dev) && lock.device_minor == minor(info.st_dev);
      if (same_device || IsPackageManager(lock.pid)) return true;
    }
  }
  return false;
}

bool IsDpkgAtWork() { return IsAnyLocked({"/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock"}); }

}  // namespace faultline::host
