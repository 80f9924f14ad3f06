// Until when a check's state was known to hold. Pure.
#pragma once

#include <algorithm>

#include "collector/model/picture.h"

namespace faultline::model {

// The newest look, as the check's agent told it; of a check that the system tells (no interval) the
// newest sign of its connected agent, which would have told of a change. {0} = never seen. A check
// that has hung, and every check of a silent host, stays behind.
inline WallTime KnownToHold(const HostPicture& host, const CheckPicture& check) {
  const bool is_told = check.interval.ns == 0 && host.link == LinkState::kConnected;
  if (!is_told || check.observed.ns == 0) return check.observed;
  return std::max(check.observed, host.last_heard);
}

}  // namespace faultline::model
