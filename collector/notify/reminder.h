// Telling again of what is still open. Pure.
#pragma once

#include <cstdint>

#include "collector/incidents/incident.h"
#include "common/clock.h"

namespace faultline::notify {

// Whether an incident is to be told again: critical, open and told (last at `told_at`, of the wall
// clock) `repeat` ago or longer. `repeat` {0}: never.
bool ReminderDue(WallTime now, WallTime told_at, rules::Severity severity, bool open, Span repeat);

// `incident` as it is now, with a line that says for how long it has been open: "Still open for
// 4h." below its first.
incidents::Incident Remind(incidents::Incident incident, WallTime now);

}  // namespace faultline::notify
