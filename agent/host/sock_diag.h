// Listening TCP sockets of this host's network namespace, by netlink sock_diag. Needs no privilege.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/host/endpoint.h"
#include "agent/host/loop.h"

namespace faultline::host {

struct ListeningSocket {
  IpAddress address;  // 0.0.0.0 or :: = every address
  uint16_t port = 0;
  bool v6_only = false;  // [::] without this takes IPv4 too
  uint32_t uid = 0;
  uint64_t cgroup_id = 0;     // inode of its cgroup v2 directory; 0 = the kernel does not tell
  uint32_t queue_length = 0;  // connections that wait for accept
  uint32_t queue_limit = 0;

  bool operator==(const ListeningSocket&) const = default;
};

// Every listener on `port` (0 = on every port), IPv4 and IPv6. Answers at once (the kernel fills
// the dump while it is read) and never waits. The error says what the kernel refused.
absl::StatusOr<std::vector<ListeningSocket>> DumpListeners(uint16_t port);

// Calls back on the loop's thread whenever a listener on `port` was destroyed (and, now and then,
// another unconnected socket bound to it): a hint to dump. New listeners give no event.
absl::StatusOr<std::unique_ptr<LoopSource>> WatchListenerEnds(Loop& loop, uint16_t port,
                                                              std::function<void()> callback);

}  // namespace faultline::host
