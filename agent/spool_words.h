// PURE: what the spool's health means to people.
#pragma once

#include "absl/status/status.h"
#include "agent/checks/observation.h"
#include "agent/spool/spool.h"

namespace faultline::agent {

// The agent's word about its own spool: kind "spool", target "agent". OK, or WARNING with
//   SPOOL_DISK_FULL     no space, no quota, or a limit of file sizes
//   SPOOL_READ_ONLY     the file system was mounted or remounted read-only
//   SPOOL_DISK_FAILING  the medium answers with I/O errors
//   SPOOL_UNWRITABLE    anything else
// Never CRITICAL: everything is still seen and sent, only a restart would lose what waits.
// Gauges: spool_disk_bytes, spool_memory_bytes (waiting to be written), spool_dropped_records
// (given up at a bound since the agent's start). Without times.
checks::Observation JudgeSpool(const absl::Status& health, const spool::SpoolStats& stats);

}  // namespace faultline::agent
