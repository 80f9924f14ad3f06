// A history that SQLite cannot read: set aside under another name, so that alerting goes on.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"

namespace faultline::store {

// How many damaged histories are kept; the oldest goes for a further one.
inline constexpr size_t kMaxSetAside = 3;

// Whether `status`, of opening or reading a database, means that its content is broken: nothing
// that waiting, room, a right or another version of this program mends.
bool IsDamage(const absl::Status& status);

// Renames `path` (and its log, by whose name SQLite would find it again) to PATH.damaged-TIME and
// puts an empty file, mode 0600, in its place. Returns the new name. Who calls holds the claim.
absl::StatusOr<std::string> SetAside(const std::string& path, WallTime now);

// What lies there, the newest first.
std::vector<std::string> FilesSetAside(const std::string& path);

// The next start sets the database aside without reading it: a running collector found it broken.
void NoteDamage(const std::string& path);
bool IsDamageNoted(const std::string& path);

}  // namespace faultline::store
