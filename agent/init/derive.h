// From what was seen to the configuration: PURE. What a role watches anyway is left out; what a
// role would watch and this host does not have is disabled, with the reason.
#pragma once

#include <string>

#include "agent/init/host_seen.h"
#include "agent/init/plan.h"

namespace faultline::init {

// Where a collector takes agents, unless somebody says another.
inline constexpr int kCollectorPort = 7443;

struct Wishes {
  std::string collector;   // host:port, checked; empty: nobody said it
  std::string token_file;  // empty: the usual one
  std::string host;        // name to join under; empty: the machine's
};

Plan DerivePlan(const HostSeen& seen, const Wishes& wishes);

}  // namespace faultline::init
