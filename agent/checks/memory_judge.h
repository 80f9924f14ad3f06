// What the state of a host's memory means: PURE.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/checks/observation.h"
#include "agent/checks/oom_message.h"
#include "agent/host/proc_text.h"
#include "common/clock.h"

namespace faultline::checks {

struct MemoryFacts {
  std::map<std::string, uint64_t> meminfo;  // bytes
  std::optional<host::Pressure> pressure;
  std::optional<uint64_t> oom_kills;  // since the boot
};

struct MemoryLimits {
  int64_t warn_percent = 10;  // of memory that is available
  int64_t critical_percent = 3;
  int64_t pressure_percent = 25;  // of the time that some task waits for memory
  Span oom_quiet = Span::Seconds(600);
};

struct MemoryPast {
  State state = State::kOk;  // of the last look, with its reason
  std::string reason;
  // Kills in the current bout, and when the last was noticed.
  uint64_t kills = 0;
  WallTime killed_at;
  std::vector<OomKill> victims;  // as the kernel's log names them; may be empty
  std::string no_victims;        // why they are not known; may be empty
};

Observation JudgeMemory(const MemoryFacts& facts, const MemoryLimits& limits,
                        const MemoryPast& past, WallTime now);

}  // namespace faultline::checks
