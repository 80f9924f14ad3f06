// Until when a check's state was known to hold. Pure.
#pragma once

#include <algorithm>

#include "collector/model/picture.h"

namespace faultline::model {

// Until when what the check says held, as far as anybody knows: its newest look, or, of a check
// that the system tells (no interval), the newest sign of its agent, which would have told of a
// change. {0} = never seen.
inline WallTime LastKnown(const HostPicture& host, const CheckPicture& check) {
  if (check.interval.ns != 0 || check.observed.ns == 0) return check.observed;
  return std::max(check.observed, host.last_heard);
}

// The same for those who conclude from its age that nobody looks: a check that has hung, and every
// check of a silent host, stays behind.
inline WallTime KnownToHold(const HostPicture& host, const CheckPicture& check) {
  return host.link == LinkState::kConnected ? LastKnown(host, check) : check.observed;
}

// What the check says is only what was known when its host was heard last. The collector's own
// check of a host, "agent", goes on.
inline bool IsLastKnown(const HostPicture& host, const CheckPicture& check) {
  return host.link != LinkState::kConnected && check.id.kind != "agent";
}

}  // namespace faultline::model
