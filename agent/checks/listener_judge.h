// What the listeners of a port mean: PURE.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/checks/observation.h"
#include "agent/host/cgroup.h"
#include "agent/host/sock_diag.h"

namespace faultline::checks {

struct ListenerTarget {
  std::optional<host::IpAddress> address;  // absent: any address that others can reach
  uint16_t port = 0;
};

// "3306", "10.0.2.10:3306", "[::]:80".
absl::StatusOr<ListenerTarget> ParseListenerTarget(const std::string& text);

inline constexpr char kWrongProcess[] = "WRONG_PROCESS";

// The unit that should own the listener, as far as this host can tell.
struct ListenerOwner {
  std::string unit;        // empty: any process will do
  bool not_found = false;  // systemd knows no such unit
  host::UnitCgroups cgroups;
  std::set<uint64_t> systemd;  // see SystemdCgroups
};

// Without times. `target_text` is what people read.
Observation JudgeListeners(const std::vector<host::ListeningSocket>& listeners,
                           const ListenerTarget& target, const std::string& target_text,
                           const ListenerOwner& owner);

}  // namespace faultline::checks
