// What a rule is held against: a packet of which some things are known and others are not, and what
// comes of the comparison. PURE.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/host/endpoint.h"

namespace faultline::checks {

// Both ends included; of one family.
struct AddressRange {
  host::IpAddress low;
  host::IpAddress high;
};

// "10.0.1.5", "10.0.0.0/8", "10.0.1.1-10.0.1.9".
std::string AddressRangeText(const AddressRange& range);

struct NumberRange {
  uint32_t low = 0;
  uint32_t high = 0;
};

// "10.0.1.5", "10.0.0.0/8", "10.0.1.1-10.0.1.9", the same in IPv6.
std::optional<AddressRange> ParseAddressRange(std::string_view text);
// "3306", "3000-4000", "0x10".
std::optional<NumberRange> ParseNumberRange(std::string_view text);

// Why a rule may match some packets of the kind that is looked at, and not others. Bits.
enum FirewallDoubt : uint32_t {
  kSure = 0,
  kSomeSources = 1,     // the rule names sources which are not all clients'
  kSomeInterfaces = 2,  // it names interfaces, and we do not know the clients'
  kAboveRate = 4,  // limit, hashlimit, connlimit, quota: only what exceeds, or only what does not
  kByChance = 8,   // statistic, numgen
  kNotUnderstood = 16,
};

struct RuleMatch {
  enum class Kind { kNo, kYes, kMaybe };
  Kind kind = Kind::kYes;
  uint32_t doubts = kSure;     // of kMaybe
  bool names_port = false;     // the rule is about this port, not about all traffic
  bool lists_sources = false;  // its sources come from a set: a block list

  static RuleMatch No() { return {.kind = Kind::kNo}; }
  static RuleMatch Yes() { return {}; }
  static RuleMatch Maybe(uint32_t doubts) { return {.kind = Kind::kMaybe, .doubts = doubts}; }
};

enum class ConnectionState { kNew, kEstablished, kUntracked };

struct FirewallPacket {
  int family = AF_INET;
  std::vector<AddressRange> source;       // empty: any that a client can have
  std::vector<AddressRange> destination;  // empty: any
  bool from_this_host = false;
  bool to_this_host = false;
  NumberRange source_port;
  NumberRange destination_port;
  bool reply = false;  // sent by the server
  ConnectionState state = ConnectionState::kNew;
  uint8_t flags = 0;  // of the TCP header
  // The interface it comes in or goes out by is one of these; empty: unknown, but not loopback.
  std::vector<std::string> interfaces;
  std::optional<uint32_t> mark = 0;  // nullopt: a rule set it to something not understood
  bool translated = false;
  std::string_view hook;  // where it is now

  // Who the client of an incoming connection is: the source of what it sends, the destination of
  // what it is sent.
  bool client_is_source() const { return !from_this_host && !reply; }
  bool client_is_destination() const { return from_this_host && reply; }
};

// A superset of the clients that something holds for; nullopt: any. At most 64 ranges: a longer
// list is as good as any.
using ClientSet = std::optional<std::vector<AddressRange>>;

inline constexpr size_t kMaxClientRanges = 64;

// What both may hold. PURE.
ClientSet Intersection(const ClientSet& a, const ClientSet& b);
// What either holds. PURE.
ClientSet Union(ClientSet a, const ClientSet& b);

}  // namespace faultline::checks
