// Which addresses and ports the collector may have this host look at. PURE.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/host/endpoint.h"
#include "common/clock.h"
#include "faultline/v1/agent_link.pb.h"

namespace faultline::agent {

struct ProbeAsk {
  uint64_t request = 0;
  std::vector<host::IpAddress> addresses;  // 1 to 4, each once
  std::vector<uint16_t> ports;             // at most 8, each once
  Span deadline;                           // 100 ms to 5 s
};

// `own`: this host's addresses. An answer of its own would be taken for the other's. The error says
// what of the bounds in agent_link.proto is broken.
absl::StatusOr<ProbeAsk> ReadProbeAsk(const faultline::v1::ProbeHost& ask,
                                      const std::vector<std::string>& own);

// One host of a network or of the internet: no loopback, link-local (169.254.169.254 is a cloud's
// metadata service), multicast, broadcast or reserved address.
bool IsProbeable(const host::IpAddress& address);

}  // namespace faultline::agent
