// What a unit wrote to systemd's journal a moment ago.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"

namespace faultline::host {

struct UnitLogEntry {
  std::string message;  // at most 4 KiB, hostile
  int priority = -1;    // syslog's 0 to 7; -1 = unknown
  WallTime at;
  bool by_systemd = false;  // PID 1 says it of the unit
};

struct UnitLogQuery {
  std::vector<std::string> units;  // the canonical name, and others of the same unit
  WallTime since;
  std::string directory;  // for tests; empty = this host's journal
};

// The newest 200 entries since then, oldest first. Reads backwards by the journal's index, so that
// the time does not grow with the journal; still for the worker pool: the disk may be slow. Opens
// and closes the journal. Empty where there is no journal or where this process may not read it.
absl::StatusOr<std::vector<UnitLogEntry>> ReadUnitLog(const UnitLogQuery& query);

}  // namespace faultline::host
