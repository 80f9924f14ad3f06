// Gives an observation the time of now.
#pragma once

#include <ctime>
#include <string>
#include <utility>

#include "agent/checks/observation.h"
#include "common/clock.h"

namespace faultline::checks {

inline void Stamp(const Clock& clock, Observation* observation) {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  observation->observed = clock.Now();
  observation->boottime_ns =
      static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// An observation that could not look: `why` says what stands in the way and what to do.
inline Observation CouldNotLook(std::string reason, std::string why) {
  Observation out;
  out.state = State::kUnknown;
  out.reason = std::move(reason);
  out.detail = std::move(why);
  return out;
}

inline Observation DnsFailed(std::string why) {
  Observation out;
  out.state = State::kCritical;
  out.reason = "DNS_FAILED";
  out.detail = std::move(why);
  return out;
}

inline constexpr char kStarvedText[] =
    "this agent gets so little CPU that it cannot tell a missing answer from its own delay; look "
    "at "
    "this host's load, or raise CPUWeight= in the agent's unit";

}  // namespace faultline::checks
