// Files that could not be used are set aside as "PATH.bad", "PATH.2.bad", ...: for a person to look
// at, never in the way.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/spool/file_io.h"

namespace faultline::spool {

// A disk that damages a file at every start must not be filled up by what is kept of it: of all
// that was set aside in a directory this many files and bytes stay, the newest first.
inline constexpr size_t kMaxAsideFiles = 16;
inline constexpr size_t kMaxAsideBytes = 32u << 20;

// Renames `path` to a free name; returns that name.
absl::StatusOr<std::string> SetAside(Disk& disk, const std::string& path);

// Keeps the `damaged` bytes under a free name, then puts `bytes` in their place. In this order and
// with a copy, so that no kill in between leaves neither.
absl::Status Salvage(Disk& disk, const std::string& path, std::string_view damaged,
                     std::string_view bytes, std::string* aside);

void BoundAside(Disk& disk, const std::string& directory);

}  // namespace faultline::spool
