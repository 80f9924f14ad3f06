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

// Both note it in the incident's timeline: a success always, a failure when it is the first of the
// entry. NotFound when there is no such entry.
absl::Status WriteDelivered(Connection& writer, uint64_t entry, WallTime at);
absl::Status WriteFailed(Connection& writer, uint64_t entry, const std::string& error,
                         WallTime next_attempt, WallTime now);

}  // namespace faultline::store
