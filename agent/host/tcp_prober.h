// Attempts to reach a TCP port, without deciding what silence means. Two ways: a half-open SYN,
// which never reaches the server's accept queue, and a plain connect.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "agent/host/endpoint.h"
#include "agent/host/loop.h"

namespace faultline::host {

enum class TcpAnswerKind {
  kOpen,             // SYN-ACK, or connected
  kRefused,          // RST to our SYN, or ICMP port unreachable (a firewall's REJECT)
  kReset,            // connected, then reset
  kHostUnreachable,  // ICMP, no answer on the link (ARP), or an unreachable route
  kNetUnreachable,   // ICMP, or no route on this host
  kAdminProhibited,  // ICMP, or a prohibit route on this host
  kBlockedHere,      // this host's own firewall drops what we send (EPERM)
  kCannotProbe,      // this process cannot: no descriptors, no memory. Says nothing of the target
};

struct TcpAnswer {
  TcpAnswerKind kind = TcpAnswerKind::kOpen;
  bool by_icmp = false;  // told by ICMP, not by the target's TCP
  IpAddress from;        // who sent the ICMP; family AF_UNSPEC when unknown
  // errno for kCannotProbe and kBlockedHere; EINVAL for kNetUnreachable by a blackhole route
  int error = 0;

  bool operator==(const TcpAnswer&) const = default;
};

// One attempt at a time: its first packet and repetitions of it, so that a late answer to any of
// them counts. Lives on the loop's thread; nothing blocks.
class TcpProber {
 public:
  virtual ~TcpProber() = default;
  // Begins an attempt, or repeats its packet. Has a value where the answer is known at once.
  virtual std::optional<TcpAnswer> Send() = 0;
  // Takes an answer that has arrived but was not called back yet: a timer may run before the
  // socket's event when the process was paused.
  virtual std::optional<TcpAnswer> Poll() = 0;
  // Ends the attempt; late answers to it are dropped.
  virtual void End() = 0;
};

// Called on the loop's thread with each answer to the attempt under way.
using TcpAnswerCallback = std::function<void(const TcpAnswer&)>;

// Needs CAP_NET_RAW: PermissionDenied without.
absl::StatusOr<std::unique_ptr<TcpProber>> MakeHalfOpenProber(Loop& loop, const IpAddress& target,
                                                              uint16_t port,
                                                              TcpAnswerCallback callback);

// Each repetition is a connection of its own beside the earlier ones; an open one is closed at
// once. The server sees it: never use this on a MySQL port (it counts towards max_connect_errors).
std::unique_ptr<TcpProber> MakeConnectProber(Loop& loop, const IpAddress& target, uint16_t port,
                                             TcpAnswerCallback callback);

// What an errno of connect or send means; nullopt for those that mean "no answer".
std::optional<TcpAnswer> TcpAnswerFromErrno(int error);

// What an ICMP or ICMPv6 error means; nullopt for types and codes that say nothing of the target.
std::optional<TcpAnswerKind> TcpAnswerFromIcmp(int family, int type, int code);

}  // namespace faultline::host
