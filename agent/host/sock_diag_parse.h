// sock_diag's answers, as bytes. Pure and bounded: table tests feed it truncated messages.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/host/sock_diag.h"

namespace faultline::host {

inline constexpr uint8_t kTcpListen = 10;  // TCP_LISTEN of the kernel

// Parses one datagram of a dump and appends the listeners on `port` (0 = all) to `out`. True when
// it holds the end of the dump. Errors: what the kernel refused, or a malformed message.
absl::StatusOr<bool> ParseListeners(std::span<const uint8_t> datagram, uint16_t port,
                                    std::vector<ListeningSocket>* out);

}  // namespace faultline::host
