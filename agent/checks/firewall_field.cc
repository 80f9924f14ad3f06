#include "agent/checks/firewall_field.h"

#include <algorithm>
#include <array>
#include <limits>
#include "agent/checks/is_one_of.h"

namespace faultline::checks {
namespace {

// A rule whose range is wider than this is about all traffic, not about one service.
constexpr uint32_t kServicePorts = 1024;

RuleMatch YesIf(bool yes) { return yes ? RuleMatch::Yes() : RuleMatch::No(); }

bool IsWithin(const AddressRange& range, std::string_view prefix) {
  const std::optional<AddressRange> outer = ParseAddressRange(prefix);
  return outer->low.family == range.low.family && outer->low <= range.low &&
         range.high <= outer->high;
}

// Sources that no client can have: this network, loopback, multicast, reserved; link-local in IPv6.
bool IsMartian(const AddressRange& range) {
  static constexpr std::array<std::string_view, 6> kMartians = {
      "0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/127", "ff00::/8", "fe80::/10"};
  return std::any_of(kMartians.begin(), kMartians.end(),
                     [&](std::string_view martian) { return IsWithin(range, martian); });
}

bool IsPrivate(const host::IpAddress& address) {
  static constexpr std::array<std::string_view, 5> kPrivate = {
      "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"};
  return std::any_of(kPrivate.begin(), kPrivate.end(), [&](std::string_view prefix) {
    return IsWithin({address, address}, prefix);
  });
}

bool IsEverything(const AddressRange& range) {
  return range.low.is_any() &&
         std::all_of(range.high.bytes.begin(), range.high.bytes.begin() + range.high.size(),
                     [](uint8_t byte) { return byte == 0xff; });
}

RuleMatch MatchAddress(std::string_view value, const std::vector<AddressRange>& known,
                       bool this_host) {
  const std::optional<AddressRange> rule = ParseAddressRange(value);
  if (!rule.has_value()) return RuleMatch::Maybe(kNotUnderstood);
  if (IsEverything(*rule)) return RuleMatch::Yes();
  if (known.empty()) {
    if (IsMartian(*rule)) return RuleMatch::No();
    // Which of its addresses clients use is not known; a rule for one that others have is no
    // concern of ours, so it is as doubtful as an interface.
    RuleMatch some = RuleMatch::Maybe(this_host ? kSomeInterfaces : kSomeSources);
    some.lists_sources = rule->low == rule->high && !IsPrivate(rule->low);
    return some;
  }
  size_t inside = 0;
  size_t touched = 0;
  for (const AddressRange& range : known) {
    if (range.low.family != rule->low.family) continue;
    if (rule->low <= range.low && range.high <= rule->high) ++inside;
    if (rule->low <= range.high && range.low <= rule->high) ++touched;
  }
  if (inside == known.size()) return RuleMatch::Yes();
  if (touched == 0) return RuleMatch::No();
  return RuleMatch::Maybe(this_host ? kSomeInterfaces : kSomeSources);
}

std::optional<NumberRange> Compared(std::string_view op, std::string_view value) {
  std::optional<NumberRange> range = ParseNumberRange(value);
  if (!range.has_value()) return std::nullopt;
  constexpr uint32_t kMax = std::numeric_limits<uint32_t>::max();
  if (op == "<")
    return range->low == 0 ? std::nullopt : std::optional(NumberRange{0, range->low - 1});
  if (op == "<=") return NumberRange{0, range->low};
  if (op == ">=") return NumberRange{range->low, kMax};
  if (op == ">") return NumberRange{range->low == kMax ? kMax : range->low + 1, kMax};
  return range;
}

RuleMatch MatchNumber(std::string_view op, std::string_view value, const NumberRange& known) {
  const std::optional<NumberRange> rule = Compared(op, value);
  if (!rule.has_value()) return RuleMatch::Maybe(kNotUnderstood);
  if (rule->low <= known.low && known.high <= rule->high) {
    RuleMatch match;
    match.names_port = known.low == known.high && rule->high - rule->low < kServicePorts;
    return match;
  }
  // Of the many ports that a client's system chooses from, a service's is one that hardly ever
  // comes.
  const bool touches = rule->low <= known.high && known.low <= rule->high;
  if (!touches || rule->high - rule->low < kServicePorts) return RuleMatch::No();
  return RuleMatch::Maybe(kByChance);
}

RuleMatch MatchInterface(std::string_view value, const FirewallPacket& packet, bool coming_in) {
  const bool is_known = coming_in ? !IsOneOf(packet.hook, {"output", "postrouting"})
                                  : !IsOneOf(packet.hook, {"ingress", "prerouting", "input"});
  if (!is_known || packet.hook == "forward") {
    // The kernel has no such interface there, and the comparison fails.
    return packet.hook == "forward" ? RuleMatch::Maybe(kSomeInterfaces) : RuleMatch::No();
  }
  std::string_view name = Unquoted(value);
  if (name == "lo" && packet.interfaces.empty()) return RuleMatch::No();
  if (packet.interfaces.empty()) return RuleMatch::Maybe(kSomeInterfaces);
  const bool prefix = name.ends_with('*');
  if (prefix) name.remove_suffix(1);
  const auto hits = std::count_if(
      packet.interfaces.begin(), packet.interfaces.end(), [&](const std::string& known) {
        return prefix ? std::string_view(known).starts_with(name) : known == name;
      });
  if (hits == 0) return RuleMatch::No();
  return static_cast<size_t>(hits) == packet.interfaces.size() ? RuleMatch::Yes()
                                                               : RuleMatch::Maybe(kSomeInterfaces);
}

RuleMatch MatchState(std::string_view value, ConnectionState state) {
  switch (state) {
    case ConnectionState::kNew:
      return YesIf(value == "new");
    case ConnectionState::kEstablished:
      return YesIf(value == "established");
    case ConnectionState::kUntracked:
      return YesIf(value == "untracked");
  }
  return RuleMatch::No();
}

FirewallField MetaField(std::string_view name) {
  if (name == "l4proto") return FirewallField::kProtocol;
  if (name == "nfproto" || name == "protocol") return FirewallField::kFamily;
  if (name == "mark") return FirewallField::kMark;
  if (IsOneOf(name, {"iif", "iifname"})) return FirewallField::kInInterface;
  if (IsOneOf(name, {"oif", "oifname"})) return FirewallField::kOutInterface;
  if (IsOneOf(name, {"iifgroup", "oifgroup", "iifkind", "oifkind", "iiftype", "oiftype"})) {
    return FirewallField::kInterfaceGroup;
  }
  if (name == "pkttype") return FirewallField::kPacketType;
  return FirewallField::kNotUnderstood;
}

FirewallField IpField(std::string_view name, bool six) {
  if (name == "saddr") return six ? FirewallField::kIp6Source : FirewallField::kIp4Source;
  if (name == "daddr") return six ? FirewallField::kIp6Destination : FirewallField::kIp4Destination;
  if (IsOneOf(name, {"protocol", "nexthdr"})) {
    return six ? FirewallField::kIp6Protocol : FirewallField::kIp4Protocol;
  }
  if (name == "frag-off") return FirewallField::kIp4Fragment;
  return FirewallField::kNotUnderstood;
}

FirewallField TcpField(std::string_view name) {
  if (name == "dport") return FirewallField::kDestinationPort;
  if (name == "sport") return FirewallField::kSourcePort;
  if (name == "flags") return FirewallField::kFlags;
  return FirewallField::kNotUnderstood;
}

FirewallField ConntrackField(std::string_view name) {
  if (name == "state") return FirewallField::kState;
  if (name == "status") return FirewallField::kStatus;
  if (name == "direction") return FirewallField::kDirection;
  return FirewallField::kNotUnderstood;
}

}  // namespace

bool ReadField(const FirewallWords& words, size_t* at, FirewallField* field) {
  const std::string_view first = words[*at];
  if (IsOneOf(first, {"iif", "iifname", "oif", "oifname", "iifgroup", "oifgroup", "pkttype"})) {
    *field = MetaField(first);
    ++*at;
    return true;
  }
  if (*at + 1 >= words.size()) return false;
  const std::string_view second = words[*at + 1];
  if (first == "ip" || first == "ip6") {
    *field = IpField(second, first == "ip6");
  } else if (first == "tcp" || first == "th") {
    *field = TcpField(second);
  } else if (IsOneOf(first, {"udp", "udplite", "sctp", "dccp", "icmp", "icmpv6", "igmp", "esp",
                             "ah", "arp", "comp"})) {
    *field = FirewallField::kOtherProtocol;
  } else if (first == "meta") {
    *field = MetaField(second);
  } else if (first == "ct") {
    *field = ConntrackField(second);
  } else if (first == "ether") {
    *field = second == "saddr" ? FirewallField::kEthernetSource : FirewallField::kNotUnderstood;
  } else {
    return false;
  }
  *at += 2;
  return true;
}

RuleMatch MatchField(FirewallField field, std::string_view op, std::string_view value,
                     const FirewallPacket& packet) {
  if (op == "!=") return Negated(MatchField(field, "", value, packet));
  const bool six = packet.family == AF_INET6;
  switch (field) {
    case FirewallField::kOtherProtocol:
      return RuleMatch::No();
    case FirewallField::kIp4Source:
    case FirewallField::kIp6Source:
      if (six != (field == FirewallField::kIp6Source)) return RuleMatch::No();
      return MatchAddress(value, packet.source, packet.from_this_host);
    case FirewallField::kIp4Destination:
    case FirewallField::kIp6Destination:
      if (six != (field == FirewallField::kIp6Destination)) return RuleMatch::No();
      return MatchAddress(value, packet.destination, packet.to_this_host);
    case FirewallField::kIp4Protocol:
    case FirewallField::kIp6Protocol:
      if (six != (field == FirewallField::kIp6Protocol)) return RuleMatch::No();
      return YesIf(value == "tcp" || value == "6");
    case FirewallField::kProtocol:
      return YesIf(value == "tcp" || value == "6");
    case FirewallField::kFamily:
      return YesIf(six ? IsOneOf(value, {"ipv6", "10", "ip6"})
                       : IsOneOf(value, {"ipv4", "2", "ip"}));
    case FirewallField::kIp4Fragment:  // a SYN and its answer are whole
      return six ? RuleMatch::No() : MatchNumber(op, value, {0, 0});
    case FirewallField::kSourcePort:
      return MatchNumber(op, value, packet.source_port);
    case FirewallField::kDestinationPort:
      return MatchNumber(op, value, packet.destination_port);
    case FirewallField::kInInterface:
    case FirewallField::kOutInterface:
      return MatchInterface(value, packet, field == FirewallField::kInInterface);
    case FirewallField::kInterfaceGroup:
      return RuleMatch::Maybe(kSomeInterfaces);
    case FirewallField::kEthernetSource:
      return RuleMatch::Maybe(kSomeSources);
    case FirewallField::kPacketType:
      return YesIf(IsOneOf(value, {"unicast", "host"}));
    case FirewallField::kMark:
      if (!packet.mark.has_value()) return RuleMatch::Maybe(kNotUnderstood);
      return MatchNumber(op, value, {*packet.mark, *packet.mark});
    case FirewallField::kState:
      return MatchState(value, packet.state);
    case FirewallField::kStatus:
      return value == "dnat" ? YesIf(packet.translated) : RuleMatch::Maybe(kNotUnderstood);
    case FirewallField::kDirection:
      return YesIf(value == (packet.reply ? "reply" : "original"));
    case FirewallField::kFlags:
    case FirewallField::kNotUnderstood:
      break;
  }
  return RuleMatch::Maybe(kNotUnderstood);
}

uint32_t DoubtOf(FirewallField field) {
  switch (field) {
    case FirewallField::kIp4Source:
    case FirewallField::kIp6Source:
    case FirewallField::kEthernetSource:
      return kSomeSources;
    case FirewallField::kInInterface:
    case FirewallField::kOutInterface:
      return kSomeInterfaces;
    default:
      return kNotUnderstood;
  }
}

RuleMatch Both(const RuleMatch& a, const RuleMatch& b) {
  if (a.kind == RuleMatch::Kind::kNo || b.kind == RuleMatch::Kind::kNo) return RuleMatch::No();
  RuleMatch both;
  both.doubts = a.doubts | b.doubts;
  both.kind = both.doubts == kSure ? RuleMatch::Kind::kYes : RuleMatch::Kind::kMaybe;
  both.names_port = a.names_port || b.names_port;
  both.lists_sources = a.lists_sources || b.lists_sources;
  return both;
}

RuleMatch Either(const RuleMatch& a, const RuleMatch& b) {
  if (a.kind == RuleMatch::Kind::kYes || b.kind == RuleMatch::Kind::kNo) return a;
  if (b.kind == RuleMatch::Kind::kYes || a.kind == RuleMatch::Kind::kNo) return b;
  RuleMatch either = RuleMatch::Maybe(a.doubts | b.doubts);
  either.names_port = a.names_port && b.names_port;
  return either;
}

RuleMatch Negated(RuleMatch match) {
  match.names_port = false;
  if (match.kind == RuleMatch::Kind::kMaybe) return match;
  return YesIf(match.kind == RuleMatch::Kind::kNo);
}

}  // namespace faultline::checks
