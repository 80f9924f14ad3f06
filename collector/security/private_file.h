// Files that only this user may read, in a directory of the same kind.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace faultline::security {

// Writes a new file with exactly `mode` and makes it durable. AlreadyExists when there is one.
absl::Status WriteNewFile(const std::string& path, std::string_view content, unsigned mode);

// The whole file, at most `max_bytes`. `forbidden` are mode bits that must not be set (077: nobody
// else). NotFound; PermissionDenied when this user may not read it, or it is open to others: the
// text says what it is called (`what`, "authority.directory: the key"), and the fix.
absl::StatusOr<std::string> ReadGuardedFile(const std::string& path, const std::string& what,
                                            size_t max_bytes, unsigned forbidden);

// Makes what was done in the directory durable.
absl::Status SyncDirectory(const std::string& path);

// "/a/b" of "/a/b/c"; "." when there is no slash.
std::string ParentOf(const std::string& path);

}  // namespace faultline::security
