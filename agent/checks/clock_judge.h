// What the state of a host's clock means: PURE. How far it is from other hosts' clocks the
// collector measures by itself.
#pragma once

#include <optional>
#include <vector>

#include "agent/checks/observation.h"
#include "agent/host/kernel_clock.h"
#include "common/clock.h"

namespace faultline::checks {

struct ClockStep {
  Span by;
  WallTime at;  // by the clock after it
};

struct ClockLimits {
  Span skew = Span::Millis(500);
  Span max_error = Span::Seconds(4);
  Span unsynchronised = Span::Seconds(900);
};

struct ClockPast {
  std::optional<Span> unsynchronised_for;  // absent while it is synchronised
  WallTime unsynchronised_since;           // by the clock as it was then
  std::vector<ClockStep> steps;            // the recent ones, oldest first
  uint64_t steps_in_all = 0;               // since the agent started
};

// For how long no time service has kept a clock that is not synchronised, as far as the kernel
// tells by itself: its bound grows by 0.5 ms a second since the last one, up to a limit; beyond it,
// as at boot, since the boot. So an agent that is started anew gives no new time.
Span UnsynchronisedFor(const host::ClockFacts& facts);

Observation JudgeClock(const host::ClockFacts& facts, const ClockLimits& limits,
                       const ClockPast& past, WallTime now);

// "the clock was set by -3600 s"
std::string DescribeStep(const ClockStep& step);

}  // namespace faultline::checks
