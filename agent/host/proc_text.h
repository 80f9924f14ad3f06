// Numbers of the kernel's text files: PURE. What is not there, or not in its form, is left out:
// never taken for zero.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace faultline::host {

// Lines of "name 12" or "Name:   12 kB" (proc_meminfo(5), proc_vmstat(5), cgroup v2's
// memory.events). "kB" (really KiB) becomes bytes. At most 1024 lines.
std::map<std::string, uint64_t> ParseCounters(std::string_view text);

// proc_loadavg(5).
struct LoadAverages {
  double one = 0;
  double five = 0;
  double fifteen = 0;
};
std::optional<LoadAverages> ParseLoadavg(std::string_view text);

// The times of all CPUs together since the boot, in ticks: proc_stat(5).
struct CpuTimes {
  uint64_t total = 0;  // guest time is in user's already
  uint64_t steal = 0;  // taken by the hypervisor for others
  int cpus = 0;        // that are online
};
std::optional<CpuTimes> ParseStat(std::string_view text);

// One file of /proc/pressure, in percent of the time (the kernel's
// Documentation/accounting/psi.rst).
struct Pressure {
  double some10 = 0;  // a task waited, over the last 10 s
  double some60 = 0;
  double full10 = 0;  // all tasks waited
  double full60 = 0;
};
std::optional<Pressure> ParsePressure(std::string_view text);

}  // namespace faultline::host
