// What load and pressure mean: PURE.
#pragma once

#include <optional>
#include <string>

#include "agent/checks/observation.h"
#include "agent/host/proc_text.h"

namespace faultline::checks {

struct LoadFacts {
  std::optional<host::LoadAverages> load;
  std::optional<host::CpuTimes> now;
  std::optional<host::CpuTimes> before;  // of the look before
  std::optional<host::Pressure> cpu;     // absent: a kernel without PSI
  std::optional<host::Pressure> io;
};

struct LoadLimits {
  int64_t load_percent = 400;  // load of five minutes for each CPU, in percent
  int64_t cpu_percent = 80;    // of the last 60 s in which a task waited for a CPU
  int64_t io_percent = 60;     // the same for input and output
};

// `past_reason`: of the look before. What was told is held until it has fallen by a tenth.
Observation JudgeLoad(const LoadFacts& facts, const LoadLimits& limits,
                      const std::string& past_reason);

}  // namespace faultline::checks
