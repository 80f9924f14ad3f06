// What the checks of hosts that are away said last, so that a restart of the collector forgets
// nothing of them: written when a host's link is lost, gone when it is back.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "collector/store/sqlite.h"
#include "collector/store/store.h"

namespace faultline::store {

// As Commit::relinked says. Within the caller's transaction.
absl::Status WriteLastChecks(Connection& writer, const Commit& commit);

// Adds what was written to those of `hosts` that it is of.
absl::Status ReadLastChecks(Connection& reader, std::vector<model::HostPicture>& hosts);

}  // namespace faultline::store
