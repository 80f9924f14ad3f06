// A gauge whose value is a point in time.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "agent/checks/observation.h"

namespace faultline::checks {

// Whole seconds since the epoch, as Prometheus has times; `name` ends in _timestamp_seconds. PURE.
inline GaugeValue TimestampGauge(std::string name, WallTime at) {
  const int64_t seconds = at.ns / 1'000'000'000;
  return {std::move(name), static_cast<double>(seconds)};
}

}  // namespace faultline::checks
