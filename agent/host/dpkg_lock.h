// Is a package manager at work? It then holds dpkg's lock files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace faultline::host {

// One line of /proc/locks.
struct FileLock {
  int pid = 0;
  uint32_t device_major = 0;
  uint32_t device_minor = 0;
  uint64_t inode = 0;
  bool write = false;
};

// The POSIX locks in the text of /proc/locks. Waiting ones ("->") and lines of another form are
// left out.
std::vector<FileLock> ParseProcLocks(const std::string& text);

// True while a process holds a write lock on one of `files`. Where the agent may not open them,
// /proc/locks tells: by device and inode, or, on file systems that show other device numbers there
// (overlay, btrfs), by inode and the holder's name. Takes about 0.1 ms; thread-safe.
bool IsAnyLocked(const std::vector<std::string>& files);

// /var/lib/dpkg/lock-frontend and /var/lib/dpkg/lock.
bool IsDpkgAtWork();

}  // namespace faultline::host
