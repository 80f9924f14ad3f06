#include "collector/metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

namespace faultline::metrics {
namespace {

std::string ReadFile(const char* path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

std::optional<ProcessNumbers> ParseProcess(const std::string& pid_stat, const std::string& stat,
                                           long ticks_per_second, long page_bytes) {
  // proc(5): the name in parentheses may itself hold parentheses and spaces.
  const size_t name_end = pid_stat.rfind(')');
  const size_t boot = stat.find("\nbtime ");
  if (name_end == std::string::npos || boot == std::string::npos || ticks_per_second <= 0) {
    return std::nullopt;
  }
  std::istringstream fields(pid_stat.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;  // state (3) to cmajflt (13)
  double utime = 0, stime = 0, threads = 0, start_ticks = 0, virtual_bytes = 0, pages = 0;
  fields >> utime >> stime;
  for (int i = 0; i < 4; ++i) fields >> skipped;  // cutime, cstime, priority, nice
  fields >> threads >> skipped >> start_ticks >> virtual_bytes >> pages;
  std::istringstream boot_line(stat.substr(boot + 7, 32));
  double boot_seconds = 0;
  boot_line >> boot_seconds;
  if (!fields || !boot_line) return std::nullopt;
  const double ticks = static_cast<double>(ticks_per_second);
  return ProcessNumbers{.cpu_seconds = (utime + stime) / ticks,
                        .resident_bytes = pages * static_cast<double>(page_bytes),
                        .virtual_bytes = virtual_bytes,
                        .threads = threads,
                        .start_time_seconds = boot_seconds + start_ticks / ticks};
}

std::optional<ProcessNumbers> ReadProcess() {
  return ParseProcess(ReadFile("/proc/self/stat"), ReadFile("/proc/stat"), sysconf(_SC_CLK_TCK),
                      sysconf(_SC_PAGESIZE));
}

std::optional<double> OpenFileDescriptors() {
  std::error_code error;
  double count = 0;
  for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    ++count;
  }
  if (error) return std::nullopt;
  return count - 1;  // without the one that was open for counting
}

std::optional<double> MaxFileDescriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace faultline::metrics
