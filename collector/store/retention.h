// What is deleted: by age, and the oldest when there is too much. Open incidents and what fires
// stay.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "collector/store/sqlite.h"
#include "common/clock.h"

namespace faultline::store {

// Deletes some of what was received, or ended, before `before`: transitions, log events, gaps;
// incidents with everything of theirs, when nothing was noted of them since; alerts that are over;
// positions of spools that nothing is left of; of incidents that are still open the old lines of
// the timeline. True: there may be more.
absl::StatusOr<bool> DeleteOld(Connection& writer, WallTime before);

// While the database's content is larger than `max_bytes`: deletes some of the oldest, whatever it
// is. The file does not shrink by that, it grows no further. True: there may be more.
absl::StatusOr<bool> DeleteSurplus(Connection& writer, int64_t max_bytes);

}  // namespace faultline::store
