// The tables, and how an older database becomes a newer one.
#pragma once

#include "absl/status/status.h"
#include "collector/store/sqlite.h"

namespace faultline::store {

// PRAGMA user_version of a database that this program has migrated.
int SchemaVersion();

// Brings the database forward, each step in a transaction of its own. FailedPrecondition when the
// database was written by a newer program: going back is not possible.
absl::Status Migrate(Connection& writer);
// As far as an older program would.
absl::Status MigrateTo(Connection& writer, int last);

}  // namespace faultline::store
