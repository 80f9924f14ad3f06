#include "agent/host/route_message.h"

#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "agent/host/netlink_bytes.h"
#include "common/text.h"

namespace faultline::host {
namespace {

using Bytes = std::span<const uint8_t>;

constexpr size_t kMaxMessages = 4096;
constexpr uint32_t kLowerUp = 1U << 16;  // IFF_LOWER_UP of linux/if.h, which clashes with net/if.h

Bytes Behind(Bytes bytes, size_t length) {
  return bytes.subspan(std::min(NetlinkAligned(length), bytes.size()));
}

// Calls `use(type, value)` for each attribute; ends at the first that lies about its size.
template <typename Use>
void ForEachAttribute(Bytes bytes, const Use& use) {
  while (const auto attribute = ReadNetlink<rtattr>(bytes)) {
    const size_t length = attribute->rta_len;
    if (length < sizeof(rtattr) || length > bytes.size()) return;
    use(attribute->rta_type & NLA_TYPE_MASK,
        bytes.subspan(sizeof(rtattr), length - sizeof(rtattr)));
    bytes = Behind(bytes, length);
  }
}

IpAddress ReadAddress(Bytes value, int family) {
  IpAddress address;
  address.family = family;
  if (value.size() != address.size()) return {};
  std::copy(value.begin(), value.end(), address.bytes.begin());
  return address;
}

// RTA_VIA: a gateway of another family (an IPv4 route by an IPv6 neighbour).
IpAddress ReadVia(Bytes value) {
  const auto family = ReadNetlink<uint16_t>(value);
  if (!family.has_value() || (*family != AF_INET && *family != AF_INET6)) return {};
  return ReadAddress(value.subspan(sizeof(uint16_t)), *family);
}

void ReadGateway(int type, Bytes value, int family, NextHop* hop) {
  if (type == RTA_GATEWAY) hop->gateway = ReadAddress(value, family);
  if (type == RTA_VIA) hop->gateway = ReadVia(value);
}

void ReadHops(Bytes bytes, int family, std::vector<NextHop>* hops) {
  while (const auto header = ReadNetlink<rtnexthop>(bytes)) {
    const size_t length = header->rtnh_len;
    if (length < sizeof(rtnexthop) || length > bytes.size() || hops->size() >= Route::kMaxHops) {
      return;
    }
    NextHop hop;
    hop.interface = header->rtnh_ifindex;
    ForEachAttribute(bytes.subspan(sizeof(rtnexthop), length - sizeof(rtnexthop)),
                     [&](int type, Bytes value) { ReadGateway(type, value, family, &hop); });
    hops->push_back(hop);
    bytes = Behind(bytes, length);
  }
}

RouteType TypeOf(uint8_t type) {
  switch (type) {
    case RTN_UNICAST:
      return RouteType::kUnicast;
    case RTN_LOCAL:
      return RouteType::kLocal;
    case RTN_BLACKHOLE:
      return RouteType::kBlackhole;
    case RTN_UNREACHABLE:
      return RouteType::kUnreachable;
    case RTN_PROHIBIT:
      return RouteType::kProhibit;
    default:
      return RouteType::kOther;
  }
}

std::optional<Route> ReadRoute(Bytes payload) {
  const auto message = ReadNetlink<rtmsg>(payload);
  if (!message.has_value()) return std::nullopt;
  const int family = message->rtm_family;
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  Route route;
  route.type = TypeOf(message->rtm_type);
  route.destination.family = family;
  route.prefix_length =
      std::min<int>(message->rtm_dst_len, static_cast<int>(route.destination.size()) * 8);
  route.table = message->rtm_table;
  route.cached = (message->rtm_flags & RTM_F_CLONED) != 0;
  NextHop hop;
  ForEachAttribute(Behind(payload, sizeof(rtmsg)), [&](int type, Bytes value) {
    ReadGateway(type, value, family, &hop);
    if (type == RTA_OIF) hop.interface = ReadNetlink<int32_t>(value).value_or(0);
    if (type == RTA_PREFSRC) route.source = ReadAddress(value, family);
    if (type == RTA_TABLE) route.table = ReadNetlink<uint32_t>(value).value_or(route.table);
    if (type == RTA_MULTIPATH) ReadHops(value, family, &route.hops);
    if (type == RTA_DST) {
      const IpAddress destination = ReadAddress(value, family);
      if (destination.family != AF_UNSPEC) route.destination = destination;
    }
  });
  const bool refuses = route.type == RouteType::kBlackhole ||
                       route.type == RouteType::kUnreachable || route.type == RouteType::kProhibit;
  if (refuses) {
    route.hops.clear();  // IPv6 names lo
  } else if (hop != NextHop{} && route.hops.empty()) {
    route.hops.push_back(hop);
  }
  return route;
}

std::optional<Link> ReadLink(Bytes payload) {
  const auto message = ReadNetlink<ifinfomsg>(payload);
  if (!message.has_value() || message->ifi_index <= 0) return std::nullopt;
  Link link;
  link.index = message->ifi_index;
  link.up = (message->ifi_flags & IFF_UP) != 0;
  link.carrier = link.up && (message->ifi_flags & kLowerUp) != 0;
  ForEachAttribute(Behind(payload, sizeof(ifinfomsg)), [&](int type, Bytes value) {
    if (type != IFLA_IFNAME) return;
    const auto end = std::find(value.begin(), value.end(), 0);
    link.name = CleanText(std::string(value.begin(), end), IFNAMSIZ);
  });
  return link;
}

std::optional<RouteMessage> ReadMessage(uint16_t type, Bytes payload) {
  RouteMessage out;
  switch (type) {
    case RTM_NEWROUTE:
    case RTM_DELROUTE: {
      std::optional<Route> route = ReadRoute(payload);
      if (!route.has_value()) return std::nullopt;
      out.kind =
          type == RTM_NEWROUTE ? RouteMessageKind::kRouteAdded : RouteMessageKind::kRouteRemoved;
      out.route = *std::move(route);
      return out;
    }
    case RTM_NEWLINK:
    case RTM_DELLINK: {
      std::optional<Link> link = ReadLink(payload);
      if (!link.has_value()) return std::nullopt;
      out.kind = type == RTM_NEWLINK ? RouteMessageKind::kLink : RouteMessageKind::kLinkRemoved;
      out.link = *std::move(link);
      return out;
    }
    case RTM_NEWRULE:
    case RTM_DELRULE:
      out.kind = RouteMessageKind::kRuleChanged;
      return out;
    case NLMSG_DONE:
    case NLMSG_ERROR: {
      // A dump that failed ends with an error in NLMSG_DONE. The kernel's errors are negative; an
      // acknowledgement (0) was not asked for.
      const int error = ReadNetlink<int32_t>(payload).value_or(type == NLMSG_DONE ? 0 : -EIO);
      const bool done = type == NLMSG_DONE && error >= 0;
      out.kind = done ? RouteMessageKind::kDone : RouteMessageKind::kError;
      if (!done) out.error = error < 0 && error > -4096 ? -error : EIO;
      return out;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string FormatPrefix(const Route& route) {
  if (route.prefix_length == 0) return "default";
  return absl::StrCat(route.destination.ToString(), "/", route.prefix_length);
}

bool Covers(const Route& route, const IpAddress& address) {
  if (route.destination.family != address.family) return false;
  int left = route.prefix_length;
  for (size_t i = 0; left > 0 && i < address.size(); ++i, left -= 8) {
    const int mask = left >= 8 ? 0xff : 0xff00 >> left & 0xff;
    if ((route.destination.bytes[i] & mask) != (address.bytes[i] & mask)) return false;
  }
  return true;
}

absl::Status ParseRouteMessages(Bytes datagram, std::vector<RouteMessage>* out) {
  while (!datagram.empty()) {
    const auto header = ReadNetlink<nlmsghdr>(datagram);
    if (!header.has_value() || header->nlmsg_len < sizeof(nlmsghdr) ||
        header->nlmsg_len > datagram.size()) {
      return absl::DataLossError("rtnetlink sent a malformed message");
    }
    std::optional<RouteMessage> message =
        ReadMessage(header->nlmsg_type,
                    datagram.subspan(sizeof(nlmsghdr), header->nlmsg_len - sizeof(nlmsghdr)));
    if (message.has_value() && out->size() < kMaxMessages) out->push_back(*std::move(message));
    datagram = Behind(datagram, header->nlmsg_len);
  }
  return absl::OkStatus();
}

}  // namespace faultline::host
