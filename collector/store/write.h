// Writing: what one commit becomes in the tables. Runs within the caller's transaction.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "collector/store/sqlite.h"
#include "collector/store/store.h"

namespace faultline::store {

// Everything is idempotent: a commit that is written again after a failure changes nothing more
// than it did the first time (its transaction was rolled back as a whole).
absl::Status WriteCommit(Connection& writer, const Commit& commit,
                         const std::vector<std::string>& channels);

absl::Status WriteTimelineEntry(Connection& writer, const incidents::TimelineEntry& entry);

// The incident as it is now, with its alerts as part of it; and as a notification froze it, beside
// that.
absl::Status WriteIncidentNow(Connection& writer, const incidents::Incident& incident);
absl::Status WriteFrozen(Connection& writer, const incidents::Notification& notification);

}  // namespace faultline::store
