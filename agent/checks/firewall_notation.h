// How people write a rule, and the command that takes it away. PURE.
#pragma once

#include <cstdint>
#include <string>

#include "agent/checks/firewall_walk.h"

namespace faultline::checks {

struct FirewallDescription {
  std::string place;   // "INPUT rule 1", "inet filter input rule 3", "INPUT's policy"
  std::string quote;   // "-p tcp --dport 3306 -j DROP", "tcp dport 3306 drop"
  std::string remedy;  // "sudo nft delete rule ip filter INPUT handle 7"
};

// Of a hit that concerns packets to `port`, or from it. iptables' notation where iptables made the
// table (iptables-nft leaves its names, and a counter in each rule) and has words for the rule;
// nft's otherwise. The remedy goes by nft's handle for all that nft lists: `iptables -D` wants each
// match in its order, also a comment, which nft 1.0 does not show. Only a table of the old kernel
// interface is iptables' own.
FirewallDescription DescribeHit(const FirewallHit& hit, uint16_t port, bool from_port);

}  // namespace faultline::checks
