// File systems of the test's own, in a mount namespace of its own: nobody else sees them, and they
// end with it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

namespace faultline::host {

// Moves this thread, and those it starts from now on, into a new mount namespace until the end.
// Make it on the main thread and before other threads: /proc/self speaks of that one.
class PrivateMounts {
 public:
  PrivateMounts() {
    before_ = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (unshare(CLONE_NEWNS) != 0) {
      why_not_ = std::string("cannot make a mount namespace: ") + strerror(errno);
      return;
    }
    moved_ = true;
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      why_not_ = std::string("cannot make mounts private: ") + strerror(errno);
    }
  }
  ~PrivateMounts() {
    for (auto path = mounted_.rbegin(); path != mounted_.rend(); ++path) {
      umount2(path->c_str(), MNT_DETACH);
    }
    if (moved_) setns(before_, CLONE_NEWNS);
    if (before_ >= 0) close(before_);
  }
  PrivateMounts(const PrivateMounts&) = delete;
  PrivateMounts& operator=(const PrivateMounts&) = delete;

  // Empty when it is possible: the test skips with it otherwise.
  const std::string& why_not() const { return why_not_; }

  bool Mount(const std::string& path, const char* type, const std::string& options) {
    if (mount("faultline-test", path.c_str(), type, 0, options.c_str()) != 0) return false;
    mounted_.push_back(path);
    return true;
  }
  bool Remount(const std::string& path, unsigned long flags) {
    return mount("none", path.c_str(), nullptr, MS_REMOUNT | flags, nullptr) == 0;
  }

 private:
  int before_ = -1;
  bool moved_ = false;
  std::string why_not_;
  std::vector<std::string> mounted_;
};

// A file system whose server never answers, as a dead NFS server: FUSE without anybody behind it.
// Whoever looks at it hangs in the kernel until this is destroyed.
class DeadFilesystem {
 public:
  DeadFilesystem(PrivateMounts& mounts, const std::string& path) {
    fd_ = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (fd_ < 0) return;
    mounted_ = mounts.Mount(path, "fuse",
                            "fd=" + std::to_string(fd_) + ",rootmode=40000,user_id=0,group_id=0");
  }
  ~DeadFilesystem() { Revive(); }
  DeadFilesystem(const DeadFilesystem&) = delete;
  DeadFilesystem& operator=(const DeadFilesystem&) = delete;

  bool mounted() const { return mounted_; }
  // Everybody comes back with an error.
  void Revive() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
  bool mounted_ = false;
};

}  // namespace faultline::host
