// This thread, and those that it starts, in a network namespace of their own with loopback and one
// more address on it: a client and a server that are no loopback to each other. Needs root.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace faultline::fakes {

class NetworkNamespace {
 public:
  explicit NetworkNamespace(const std::string& address) {
    before_ = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (before_ < 0 || unshare(CLONE_NEWNET) != 0) return;
    entered_ = true;
    const std::string command = "ip link set lo up && ip addr add " + address + "/32 dev lo";
    ok_ = std::system(command.c_str()) == 0;
  }
  // The namespace goes with its last thread and socket.
  ~NetworkNamespace() {
    if (entered_ && setns(before_, CLONE_NEWNET) != 0) std::abort();
    if (before_ >= 0) close(before_);
  }
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;

  // False without the right: the test skips.
  bool ok() const { return ok_; }

 private:
  int before_ = -1;
  bool entered_ = false;
  bool ok_ = false;
};

}  // namespace faultline::fakes
