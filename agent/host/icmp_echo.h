// ICMP echo (ping) without deciding what silence means. A datagram ICMP socket where
// net.ipv4.ping_group_range allows it (icmp(7)), else a raw one.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "agent/host/endpoint.h"
#include "agent/host/loop.h"
#include "common/clock.h"

namespace faultline::host {

enum class EchoAnswerKind {
  kReply,            // the target's own, with our token
  kHostUnreachable,  // ICMP, no answer on the link (ARP), or an unreachable route
  kNetUnreachable,   // ICMP, or no route on this host
  kBlackhole,        // a blackhole route on this host
  kProhibited,       // a firewall says so by ICMP, or a prohibit route on this host
  kBlockedHere,      // this host's own firewall drops what we send (EPERM)
  kCannotProbe,      // this process cannot. Says nothing of the target
};

struct EchoAnswer {
  EchoAnswerKind kind = EchoAnswerKind::kReply;
  bool by_icmp = false;  // an ICMP error; its sender may be forged, so it is a hint
  IpAddress from;        // who sent the error; family AF_UNSPEC when unknown
  MonoTime sent;         // when the packet that it answers went out
  int error = 0;         // errno for kCannotProbe
};

// Called on the loop's thread with each answer to one of the last 64 packets; a reply at most once
// a packet.
using EchoCallback = std::function<void(const EchoAnswer&)>;

// Lives on the loop's thread; nothing blocks. The callback may not destroy it.
class IcmpEcho {
 public:
  virtual ~IcmpEcho() = default;
  // Sends one request. Has a value where it could not go out. `now`: comes back as `sent`.
  virtual std::optional<EchoAnswer> Send(MonoTime now) = 0;
  // Calls back with what has arrived but was not told yet: a timer may run before the socket's
  // event when the process was paused.
  virtual void Poll() = 0;
};

// PermissionDenied where neither kind of socket is allowed.
absl::StatusOr<std::unique_ptr<IcmpEcho>> OpenIcmpEcho(Loop& loop, const IpAddress& target,
                                                       EchoCallback callback);

}  // namespace faultline::host
