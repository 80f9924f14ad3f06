// A whole rule against a packet: does it match, and what does it then do. PURE.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/checks/firewall_packet.h"
#include "agent/checks/firewall_ruleset.h"

namespace faultline::checks {

struct FirewallVerdict {
  enum class Kind {
    kAccept,
    kDrop,
    kReject,
    kReturn,
    kJump,
    kGoto,
    kQueue,      // a program decides
    kTranslate,  // dnat or redirect
  };
  Kind kind = Kind::kAccept;
  std::string_view chain;    // kJump, kGoto
  std::string_view with;     // kReject: "tcp reset", "icmp port-unreachable"; empty: the default
  std::string_view address;  // kTranslate: the new destination; empty: this host
  std::optional<NumberRange> port;
};

struct RuleOutcome {
  RuleMatch match;
  // What it does when it matches; several for a verdict map, each with doubts of its own.
  struct Step {
    uint32_t doubts = kSure;
    FirewallVerdict verdict;
    ClientSet clients;  // of this element of the map
  };
  std::vector<Step> steps;
  ClientSet clients;                // whom it names, of those that it may match
  std::optional<uint64_t> packets;  // its counter
  bool sets_mark = false;
  std::optional<uint32_t> mark;  // the new one; nullopt: not understood
  bool untracks = false;
};

RuleOutcome MatchRule(const FirewallRule& rule, const FirewallTable& table,
                      const FirewallPacket& packet);

}  // namespace faultline::checks
