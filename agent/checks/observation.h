// What one check saw once, before it has a place in a stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/state.h"
#include "common/wire_limits.h"

namespace faultline::checks {

inline constexpr size_t kMaxEvidence =
    WireLimits::kMaxEvidence;  // facts that travel, the first ones

struct Fact {
  std::string text;  // one line for people
  WallTime at;       // when the fact happened; {0} = when it was observed
};

struct GaugeValue {
  std::string name;  // declared by the kind
  double value = 0;
};

struct Observation {
  State state = State::kUnknown;
  std::string reason;  // [A-Z0-9_]+, empty when OK
  std::string detail;  // one line for people
  std::vector<Fact> evidence;
  std::vector<GaugeValue> gauges;
  WallTime since;  // when this began, if known to be earlier than `observed`; {0} otherwise
  WallTime observed;
  uint64_t boottime_ns = 0;
};

// Lines of one fingerprint which a log check has counted.
struct LogEventSeen {
  uint64_t fingerprint = 0;
  std::string sample;   // secrets masked, at most 1 KiB
  std::string pattern;  // name of the pattern that matched
  uint32_t count = 0;
  WallTime first;
  WallTime last;
};

}  // namespace faultline::checks
