// One field of a packet against one value of a rule. PURE. The words are nft's (nft(8), "PRIMARY
// EXPRESSIONS" and "PAYLOAD EXPRESSIONS").
#pragma once

#include <string_view>
#include <vector>

#include "agent/checks/firewall_packet.h"
#include "agent/checks/firewall_ruleset.h"

namespace faultline::checks {

enum class FirewallField {
  kNotUnderstood,
  kOtherProtocol,  // a field of UDP, ICMP, ...: no TCP packet has it
  kIp4Source,
  kIp4Destination,
  kIp4Protocol,
  kIp4Fragment,
  kIp6Source,
  kIp6Destination,
  kIp6Protocol,
  kProtocol,  // of layer 4
  kFamily,
  kSourcePort,
  kDestinationPort,
  kFlags,
  kInInterface,
  kOutInterface,
  kInterfaceGroup,
  kEthernetSource,
  kPacketType,
  kMark,
  kState,
  kStatus,
  kDirection,
};

// Reads a field's name ("ip saddr", "tcp dport", "meta l4proto", "iifname") at `words[*at]` and
// moves `*at` behind it. False, and nothing moved, when no field's name stands there.
bool ReadField(const FirewallWords& words, size_t* at, FirewallField* field);

// `op` is "", "==", "!=", "<", ">", "<=" or ">=".
RuleMatch MatchField(FirewallField field, std::string_view op, std::string_view value,
                     const FirewallPacket& packet);

// What to say where the value itself is not known (a set that changes).
uint32_t DoubtOf(FirewallField field);

RuleMatch Both(const RuleMatch& a, const RuleMatch& b);
RuleMatch Either(const RuleMatch& a, const RuleMatch& b);
RuleMatch Negated(RuleMatch match);

}  // namespace faultline::checks
