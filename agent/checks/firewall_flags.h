// TCP flags in a rule. PURE.
#pragma once

#include <cstdint>

#include "agent/checks/firewall_packet.h"
#include "agent/checks/firewall_ruleset.h"

namespace faultline::checks {

inline constexpr uint8_t kTcpSyn = 0x02;
inline constexpr uint8_t kTcpAck = 0x10;

// Reads what stands after "tcp flags" at `words[*at]` and moves `*at` behind it: "syn / syn,ack",
// "& (syn | ack) == syn", "syn,ack", "!= syn".
RuleMatch MatchFlags(const FirewallWords& words, size_t* at, uint8_t flags);

}  // namespace faultline::checks
