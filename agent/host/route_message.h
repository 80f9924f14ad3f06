// Rtnetlink's messages about routes, links and rules, as bytes (rtnetlink(7), linux/rtnetlink.h).
// Pure and bounded: table tests feed it truncated messages.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "agent/host/endpoint.h"

namespace faultline::host {

enum class RouteType { kUnicast, kLocal, kBlackhole, kUnreachable, kProhibit, kOther };

struct NextHop {
  IpAddress gateway;  // AF_UNSPEC: on the link itself
  int interface = 0;  // index, 0 = none

  bool operator==(const NextHop&) const = default;
};

// An entry of a routing table.
struct Route {
  RouteType type = RouteType::kUnicast;
  IpAddress destination;  // AF_UNSPEC: the message was about no route
  int prefix_length = 0;
  std::vector<NextHop> hops;  // at most kMaxHops; none for blackholes and the like
  IpAddress source;           // that packets get by it; AF_UNSPEC: not said
  uint32_t table = 0;
  bool cached = false;  // made by a look-up or learnt (RTM_F_CLONED): no entry of a table

  static constexpr size_t kMaxHops = 16;
  bool operator==(const Route&) const = default;
};

// "10.0.2.0/24", "default" (of either family).
std::string FormatPrefix(const Route& route);
bool Covers(const Route& route, const IpAddress& address);

struct Link {
  int index = 0;
  std::string name;
  bool up = false;       // switched on
  bool carrier = false;  // and something is at the other end

  bool operator==(const Link&) const = default;
};

enum class RouteMessageKind {
  kRouteAdded,  // also the answer to a look-up, and a dump's entry
  kRouteRemoved,
  kLink,
  kLinkRemoved,
  kRuleChanged,
  kDone,   // the end of a dump
  kError,  // the kernel refused: `error`
};

struct RouteMessage {
  RouteMessageKind kind = RouteMessageKind::kDone;
  Route route;
  Link link;
  int error = 0;  // of kError: a positive errno
};

// Appends what one datagram holds to `out`, at most 4096 in all; messages of other types and
// about other families are left out. DataLoss for a malformed one; what stood before it is kept.
absl::Status ParseRouteMessages(std::span<const uint8_t> datagram, std::vector<RouteMessage>* out);

}  // namespace faultline::host
