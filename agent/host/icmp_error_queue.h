// The error queue of an ICMP socket: what routers, and this host's own stack, said about requests.
#pragma once

#include <optional>

#include "agent/host/endpoint.h"
#include "agent/host/icmp_packet.h"
#include "agent/host/tcp_prober.h"

namespace faultline::host {

struct QueuedEchoError {
  IpAddress target;  // of the request
  QuotedEcho echo;
  std::optional<TcpAnswerKind> meaning;  // nullopt: it says nothing of the target
  IpAddress from;                        // AF_UNSPEC when unknown
};

// Takes one error; nullopt when the queue is empty. An error about something else has an unknown
// `target`. The socket has IP_RECVERR or IPV6_RECVERR on (ip(7)).
std::optional<QueuedEchoError> TakeEchoError(int fd, int family);

}  // namespace faultline::host
