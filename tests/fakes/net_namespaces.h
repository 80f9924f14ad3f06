// Network namespaces of a test's own, real and without a name: a descriptor holds each, so that the
// kernel removes it with everything in it when the test ends, however it ends.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
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

// app 10.0.1.10 -- router -- 10.0.2.10 db, and the same with fd00:1:: and fd00:2::.
class RoutedPath {
 public:
  RoutedPath() {
    if (!app.valid() || !router.valid() || !db.valid()) return;
    ok_ = Join(app, "10.0.1.10/24", "fd00:1::10/64", "app", "10.0.1.1/24", "fd00:1::1/64") &&
          Join(db, "10.0.2.10/24", "fd00:2::10/64", "db", "10.0.2.1/24", "fd00:2::1/64") &&
          router.Run(
              "echo 1 >/proc/sys/net/ipv4/ip_forward && "
              "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding && "
              "nft add table inet t && "
              "nft add chain inet t f '{ type filter hook forward priority 0; }'") &&
          app.Run(
              "ip route add 10.0.2.0/24 via 10.0.1.1 && "
              "ip route add fd00:2::/64 via fd00:1::1") &&
          db.Run("ip route add default via 10.0.2.1 && ip route add default via fd00:2::1");
  }

  // Needs root, iproute2 and nftables.
  bool ok() const { return ok_; }
  // A rule in the router's forward chain: Forward("ip daddr 10.0.2.10 drop").
  bool Forward(const std::string& rule) const {
    return router.Run("nft 'add rule inet t f " + rule + "'");
  }
  bool ForwardFreely() const { return router.Run("nft flush chain inet t f"); }

  const NetNamespace app;
  const NetNamespace router;
  const NetNamespace db;

 private:
  bool Join(const NetNamespace& host, const std::string& v4, const std::string& v6,
            const std::string& name, const std::string& router_v4, const std::string& router_v6) {
    return router.Run("ip link add " + name + " type veth peer name eth0 netns " + host.path() +
                      " && ip addr add " + router_v4 + " dev " + name + " && ip addr add " +
                      router_v6 + " dev " + name + " nodad && ip link set " + name + " up") &&
           host.Run("ip addr add " + v4 + " dev eth0 && ip addr add " + v6 +
                    " dev eth0 nodad && ip link set eth0 up");
  }

  bool ok_ = false;
};

}  // namespace faultline::fakes
