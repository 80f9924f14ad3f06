#include "collector/pipeline/host_record.h"

#include <algorithm>

namespace faultline::pipeline {

bool ApplyObservation(const SeenObservation& seen, const model::ClockOffset& clock, WallTime now,
                      model::CheckPicture* check) {
  const auto corrected = [&](WallTime time) { return std::min(clock.Correct(time), now); };
  const bool changed = check->state != seen.state || check->reason != seen.reason;
  if (changed) {
    check->since = corrected(seen.since.ns != 0 ? seen.since : seen.observed);
    check->evidence.clear();
  }
  check->state = seen.state;
  check->reason = seen.reason;
  check->detail = seen.detail;
  if (!seen.evidence.empty()) {
    check->evidence = seen.evidence;
    for (model::Fact& fact : check->evidence) {
      if (fact.at.ns != 0) fact.at = corrected(fact.at);
    }
  }
  if (!seen.gauges.empty()) check->gauges = seen.gauges;
  check->observed = std::max(check->observed, corrected(seen.observed));
  return changed;
}

}  // namespace faultline::pipeline
