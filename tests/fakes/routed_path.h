// Two hosts and a router between them, each a network namespace of the test's own.
#pragma once

#include <string>

#include "tests/fakes/net_namespace.h"

namespace faultline::fakes {

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
