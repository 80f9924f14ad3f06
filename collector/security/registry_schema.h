// The tables of joining.db.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "collector/store/sqlite.h"

namespace faultline::security {

// InvalidArgument, naming authority.directory and `path`, where a newer program has written the
// file, whose PRAGMA user_version is `found`.
absl::Status CheckSchemaOfRegistry(int64_t found, const std::string& path);

// Brings the file at `path` to what this program knows. InvalidArgument as above.
absl::Status MigrateRegistry(store::Connection& db, const std::string& path);

}  // namespace faultline::security
