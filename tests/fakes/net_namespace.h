// Network namespaces of a test's own, real and without a name: a descriptor holds each, so that the
// kernel removes it with everything in it when the test ends, however it ends.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

namespace faultline::fakes {

// This thread inside the namespace `fd` while it lives: sockets made meanwhile belong there.
class InNamespace {
 public:
  explicit InNamespace(int fd) : home_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
    EXPECT_EQ(setns(fd, CLONE_NEWNET), 0);
  }
  ~InNamespace() {
    // Other tests of this process must not run in the wrong network.
    if (setns(home_, CLONE_NEWNET) != 0) abort();
    close(home_);
  }
  InNamespace(const InNamespace&) = delete;
  InNamespace& operator=(const InNamespace&) = delete;

 private:
  const int home_;
};

class NetNamespace {
 public:
  NetNamespace() {
    const int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (unshare(CLONE_NEWNET) == 0) {
      fd_ = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
      if (setns(home, CLONE_NEWNET) != 0) abort();
    }
    close(home);
    if (valid()) Run("ip link set lo up");
  }
  ~NetNamespace() {
    if (fd_ >= 0) close(fd_);
  }
  NetNamespace(const NetNamespace&) = delete;
  NetNamespace& operator=(const NetNamespace&) = delete;

  bool valid() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  // For `ip link ... netns PATH`.
  std::string path() const {
    return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd_);
  }
  // Runs a shell command inside; false when it fails.
  bool Run(const std::string& command) const {
    const InNamespace inside(fd_);
    return std::system(("(" + command + ") >/dev/null 2>&1").c_str()) == 0;
  }

 private:
  int fd_ = -1;
};

// This thread, and what it starts from now on, inside a namespace of its own while it lives.
class EnteredNetNamespace {
 public:
  // `address`: one more address of this host, on loopback, so that a client and a server here are
  // no loopback to each other.
  explicit EnteredNetNamespace(const std::string& address = "") {
    if (!namespace_.valid()) return;
    if (!address.empty()) namespace_.Run("ip addr add " + address + "/32 dev lo");
    inside_.emplace(namespace_.fd());
  }

  // False without root: the test skips.
  bool entered() const { return inside_.has_value(); }

  // A line as typed into a shell inside; its exit code. What it says goes to the test's output.
  static int Run(const std::string& line) {
    const int status = std::system(line.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  static bool Has(const std::string& program) {
    return Run("command -v " + program + " >/dev/null 2>&1") == 0;
  }
  static std::string Output(const std::string& line) {
    std::string text;
    FILE* pipe = popen(line.c_str(), "r");
    if (pipe == nullptr) return text;
    char buffer[4096];
    for (size_t n = 0; (n = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) text.append(buffer, n);
    pclose(pipe);
    return text;
  }

 private:
  NetNamespace namespace_;
  std::optional<InNamespace> inside_;
};

}  // namespace faultline::fakes
