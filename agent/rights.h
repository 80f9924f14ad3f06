// Says which rights the configured checks lack, and how to give them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/checks/check.h"
#include "agent/config/config.h"

namespace faultline::agent {

// By agent/host/rights.h: what this process has.
bool HasRight(const checks::Right& right);

// One line a missing right, as in "CAP_NET_RAW is missing: port:10.0.2.10:3306 cannot probe ...;
// add it to AmbientCapabilities= and ...". Checks of unknown kinds need nothing.
std::vector<std::string> MissingRights(
    const std::vector<config::CheckConfig>& checks,
    const std::function<bool(const checks::Right&)>& has = HasRight);

}  // namespace faultline::agent
