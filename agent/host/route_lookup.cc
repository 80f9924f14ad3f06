#include "agent/host/route_lookup.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "agent/host/fd.h"
#include "agent/host/netlink_bytes.h"

namespace faultline::host {
namespace {

constexpr int kRouteReceiveBuffer = 256 * 1024;

absl::StatusOr<Fd> OpenRouteSocket() {
  Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (!fd.valid() ||
      bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return absl::ErrnoToStatus(errno, "cannot ask the kernel for routes (rtnetlink)");
  }
  return fd;
}

// Sends `request` (a netlink message) and reads what follows: one answer, or a dump to its end.
absl::StatusOr<std::vector<RouteMessage>> AskRoutes(int fd, const void* request, size_t size,
                                                    bool dump) {
  if (send(fd, request, size, 0) < 0) {
    return absl::ErrnoToStatus(errno, "cannot ask the kernel for routes");
  }
  std::vector<RouteMessage> answers;
  alignas(nlmsghdr) std::array<uint8_t, 32 * 1024> buffer;
  for (int i = 0; i < kMaxNetlinkDatagrams; ++i) {
    const ssize_t n = recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::ErrnoToStatus(errno, "the kernel did not answer about routes");
    absl::Status parsed = ParseRouteMessages({buffer.data(), static_cast<size_t>(n)}, &answers);
    if (!parsed.ok()) return parsed;
    if (answers.empty()) continue;
    const RouteMessageKind last = answers.back().kind;
    if (!dump || last == RouteMessageKind::kDone || last == RouteMessageKind::kError) {
      return answers;
    }
  }
  return absl::ResourceExhaustedError("this host has more routes than can be listed");
}

// What the kernel says of `target`: a route, or the errno by which it refuses.
absl::StatusOr<RouteMessage> AskRoute(int fd, const IpAddress& target, uint32_t flags) {
  struct {
    nlmsghdr header;
    rtmsg route;
    rtattr attribute;
    std::array<uint8_t, 16> address;
  } ask{};
  ask.header.nlmsg_len = static_cast<uint32_t>(sizeof(ask) - sizeof(ask.address) + target.size());
  ask.header.nlmsg_type = RTM_GETROUTE;
  ask.header.nlmsg_flags = NLM_F_REQUEST;
  ask.route.rtm_family = static_cast<uint8_t>(target.family);
  ask.route.rtm_dst_len = static_cast<uint8_t>(target.size() * 8);
  ask.route.rtm_flags = flags;
  ask.attribute.rta_type = RTA_DST;
  ask.attribute.rta_len = static_cast<uint16_t>(sizeof(rtattr) + target.size());
  ask.address = target.bytes;
  auto answers = AskRoutes(fd, &ask, ask.header.nlmsg_len, false);
  if (!answers.ok()) return answers.status();
  return answers->front();
}

// The longest route of `type` over `target`, in any table. Only those of that type are listed: a
// host may have a million others.
std::optional<Route> FindRefusing(int fd, const IpAddress& target, RouteType type) {
  const int on = 1;
  setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
  struct {
    nlmsghdr header;
    rtmsg route;
  } ask{};
  ask.header.nlmsg_len = sizeof(ask);
  ask.header.nlmsg_type = RTM_GETROUTE;
  ask.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  ask.route.rtm_family = static_cast<uint8_t>(target.family);
  ask.route.rtm_type = type == RouteType::kBlackhole     ? RTN_BLACKHOLE
                       : type == RouteType::kUnreachable ? RTN_UNREACHABLE
                                                         : RTN_PROHIBIT;
  auto answers = AskRoutes(fd, &ask, sizeof(ask), true);
  std::optional<Route> best;
  if (!answers.ok()) return best;
  for (RouteMessage& answer : *answers) {
    if (answer.kind != RouteMessageKind::kRouteAdded || answer.route.type != type ||
        answer.route.cached || !Covers(answer.route, target)) {
      continue;
    }
    if (!best.has_value() || answer.route.prefix_length > best->prefix_length) {
      best = std::move(answer.route);
    }
  }
  return best;
}

// The errno of each kind of refusing route: fib_props of the kernel's IPv4, fib6_prop of its IPv6.
absl::StatusOr<RouteFound> Refused(int fd, const IpAddress& target, int error) {
  RouteFound found;
  switch (error) {  // never 0: the parser sees to that
    case ENETUNREACH:
      return found;
    case EINVAL:
      found.refused_by = RouteType::kBlackhole;
      break;
    case EHOSTUNREACH:
      found.refused_by = RouteType::kUnreachable;
      break;
    case EACCES:
      found.refused_by = RouteType::kProhibit;
      break;
    default:
      return absl::ErrnoToStatus(error, "the kernel does not tell its route");
  }
  found.outcome = RouteFound::Outcome::kRefused;
  found.entry = FindRefusing(fd, target, found.refused_by);
  return found;
}

class RouteWatch : public LoopSource {
 public:
  RouteWatch(Fd fd, std::function<void(const RouteMessage*)> callback)
      : fd_(std::move(fd)), callback_(std::move(callback)) {}

  absl::Status Attach(Loop& loop) {
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &kRouteReceiveBuffer, sizeof(kRouteReceiveBuffer));
    constexpr std::array<int, 5> kGroups = {RTNLGRP_LINK, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE,
                                            RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE};
    for (const int group : kGroups) {
      if (setsockopt(fd_.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) != 0) {
        return absl::ErrnoToStatus(errno, "cannot watch changes of routes");
      }
    }
    auto source = loop.WatchFd(fd_.get(), EPOLLIN, [this](uint32_t) { OnReadable(); });
    if (!source.ok()) return source.status();
    source_ = *std::move(source);
    return absl::OkStatus();
  }

 private:
  void OnReadable() {
    std::vector<RouteMessage> changes;
    bool missed = false;
    alignas(nlmsghdr) std::array<uint8_t, 32 * 1024> buffer;
    for (int i = 0; i < kMaxDatagramsPerTurn; ++i) {
      const ssize_t n = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n < 0 && errno == ENOBUFS) {
        missed = true;
        continue;
      }
      if (n < 0) break;
      missed |= !ParseRouteMessages({buffer.data(), static_cast<size_t>(n)}, &changes).ok();
    }
    const auto callback = callback_;  // it may destroy us
    for (const RouteMessage& change : changes) callback(&change);
    if (missed) callback(nullptr);
  }

  Fd fd_;
  const std::function<void(const RouteMessage*)> callback_;
  std::unique_ptr<LoopSource> source_;
};

}  // namespace

absl::StatusOr<RouteFound> LookUpRoute(const IpAddress& target) {
  absl::StatusOr<Fd> fd = OpenRouteSocket();
  if (!fd.ok()) return fd.status();
  absl::StatusOr<RouteMessage> taken = AskRoute(fd->get(), target, RTM_F_LOOKUP_TABLE);
  if (!taken.ok()) return taken.status();
  if (taken->kind == RouteMessageKind::kError) return Refused(fd->get(), target, taken->error);
  RouteFound found;
  found.outcome = RouteFound::Outcome::kRoute;
  found.source = taken->route.source;
  if (!taken->route.hops.empty()) found.hop = taken->route.hops.front();
  // The answer above names the target itself; this flag asks for the table's entry.
  absl::StatusOr<RouteMessage> entry = AskRoute(fd->get(), target, RTM_F_FIB_MATCH);
  found.entry = entry.ok() && entry->kind == RouteMessageKind::kRouteAdded
                    ? std::move(entry->route)
                    : std::move(taken->route);
  if (found.hop.interface != 0) {
    absl::StatusOr<Link> link = LookUpLink(found.hop.interface);
    if (link.ok()) found.link = *std::move(link);
  }
  return found;
}

absl::StatusOr<Link> LookUpLink(int index) {
  absl::StatusOr<Fd> fd = OpenRouteSocket();
  if (!fd.ok()) return fd.status();
  struct {
    nlmsghdr header;
    ifinfomsg link;
  } ask{};
  ask.header.nlmsg_len = sizeof(ask);
  ask.header.nlmsg_type = RTM_GETLINK;
  ask.header.nlmsg_flags = NLM_F_REQUEST;
  ask.link.ifi_index = index;
  auto answers = AskRoutes(fd->get(), &ask, sizeof(ask), false);
  if (!answers.ok()) return answers.status();
  const RouteMessage& answer = answers->front();
  if (answer.kind == RouteMessageKind::kLink) return answer.link;
  if (answer.error == ENODEV) return absl::NotFoundError("there is no such interface");
  return absl::ErrnoToStatus(answer.error == 0 ? EIO : answer.error,
                             "the kernel does not tell about the interface");
}

absl::StatusOr<std::unique_ptr<LoopSource>> WatchRoutes(
    Loop& loop, std::function<void(const RouteMessage*)> callback) {
  absl::StatusOr<Fd> fd = OpenRouteSocket();
  if (!fd.ok()) return fd.status();
  auto watch = std::make_unique<RouteWatch>(*std::move(fd), std::move(callback));
  if (absl::Status attached = watch->Attach(loop); !attached.ok()) return attached;
  return watch;
}

}  // namespace faultline::host
