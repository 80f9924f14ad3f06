// What the state of a file system means: PURE.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/checks/observation.h"
#include "agent/host/filesystem.h"
#include "common/clock.h"

namespace faultline::checks {

struct DiskLimits {
  int64_t warn_percent = 85;
  int64_t critical_percent = 95;
  // Absolute limits beside the percentages; 0 = none.
  uint64_t warn_free = 0;
  uint64_t critical_free = 0;
  // A percentage says little of a huge disk: with this much free it is not full; 0 = never enough.
  uint64_t enough_free = 0;
  bool must_be_mount_point = false;
};

// What was seen before.
struct DiskPast {
  bool was_writable = false;  // since this agent started
  State state = State::kOk;   // with the reason DISK_FULL or INODES_FULL: limits get a margin of
  std::string reason;         // one point downwards, so that it does not flap
  std::optional<WallTime> full_at;  // if it goes on like this
};

// Without times. `path` is the target as configured.
Observation JudgeDisk(const std::string& path, const host::FilesystemFacts& facts,
                      const DiskLimits& limits, const DiskPast& past);

// The look failed, by LookAtFilesystem's error.
Observation JudgeDiskError(const std::string& path, const absl::Status& error,
                           const DiskLimits& limits);

// The look that began at `since` has not come back.
Observation JudgeDiskHung(const std::string& path, WallTime since, WallTime now);

}  // namespace faultline::checks
