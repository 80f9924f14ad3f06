// An observation in one expression.
#pragma once

#include <string>
#include <utility>

#include "agent/checks/observation.h"

namespace faultline::checks {

// Without times, evidence and gauges.
inline Observation MakeObservation(State state, std::string reason, std::string detail) {
  Observation out;
  out.state = state;
  out.reason = std::move(reason);
  out.detail = std::move(detail);
  return out;
}

}  // namespace faultline::checks
