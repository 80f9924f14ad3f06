// The tables of joining.db.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "collector/store/sqlite.h"

namespace faultline::security {

// Brings the file at `path` to what this program knows. FailedPrecondition, naming
// authority.directory, when a newer one wrote it.
absl::Status MigrateRegistry(store::Connection& db, const std::string& path);

}  // namespace faultline::security
