// The tables, and how an older database becomes a newer one.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "collector/store/sqlite.h"

namespace faultline::store {

// PRAGMA user_version of a database that this program has migrated.
int SchemaVersion();

// InvalidArgument, naming `path`, where a newer program has written the database, whose
// PRAGMA user_version is `found`: going back is not possible.
absl::Status CheckSchemaOfStore(int64_t found, const std::string& path);

// Brings the database forward, each step in a transaction of its own. InvalidArgument as above.
absl::Status Migrate(Connection& writer);
// As far as an older program would.
absl::Status MigrateTo(Connection& writer, int last);

}  // namespace faultline::store
