// The one decision about one alert. Pure: time is an argument, everything else a value.
#pragma once

#include "collector/model/picture.h"
#include "collector/rules/alert.h"
#include "collector/rules/rule.h"

namespace faultline::rules {

// What a check's neighbours say that matters for patience.
struct Surroundings {
  // What the symptom points to is within its grace: its own end is waited for, at most until then.
  // {0} = not.
  WallTime grace_until;
  // Such a grace ended well: symptoms are being looked at again until then. {0} = not.
  WallTime settling_until;
  // What the symptom points to was started a moment ago and is waited for until then. {0} = not;
  // stays in the past once it is over.
  WallTime start_until;
  // What stops with its host waits until then: the host's own word comes first. {0} = it does not.
  WallTime host_stops_until;
  // A connected agent sits at the end that the symptom points to.
  bool other_end_connected = false;
};

struct Verdict {
  // kNone: there is no alert (any pending one vanishes without a word).
  enum class Kind { kNone, kPending, kFiring, kResolved };
  Kind kind = Kind::kNone;
  Decision decision = Decision::kConditionHolds;
  Severity severity = Severity::kCritical;
  WallTime deadline;  // of a pending one, {0} = only an event can change it
};

// `current` is the pending or firing alert of this rule and check, or null. `received` of a new one
// is `now`.
Verdict Judge(const Rule& rule, const Patience& patience, const Alert* current,
              const model::CheckPicture& check, const Surroundings& around, WallTime now);

}  // namespace faultline::rules
