// What the kernel's log says about processes killed for lack of memory: PURE.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/host/kernel_log.h"
#include "common/clock.h"

namespace faultline::checks {

struct OomKill {
  WallTime at;
  uint64_t pid = 0;
  std::string process;     // its name, cleaned
  std::string cgroup;      // "/system.slice/mariadb.service"; empty where the kernel does not say
  uint64_t rss_bytes = 0;  // anonymous memory that it held
  // The limit of a cgroup was reached, not the end of the host's memory.
  bool of_cgroup = false;
};

// From lines as mm/oom_kill.c writes them: "Out of memory: Killed process ..." and the line
// "oom-kill:constraint=..." before it (Linux 4.19 and later). Oldest first.
std::vector<OomKill> FindOomKills(const std::vector<host::KernelLine>& lines);

// "the kernel killed mariadbd (pid 812, 1.2 GiB, mariadb.service) for lack of memory"
std::string DescribeOomKill(const OomKill& kill);

}  // namespace faultline::checks
