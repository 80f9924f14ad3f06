// This process in numbers, under the names that every Prometheus client library uses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace faultline::metrics {

struct ProcessNumbers {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double threads = 0;
  double start_time_seconds = 0;  // since the epoch
};

// From the texts of /proc/PID/stat and /proc/stat. Pure. nullopt when they are not understood.
std::optional<ProcessNumbers> ParseProcess(const std::string& pid_stat, const std::string& stat,
                                           long ticks_per_second, long page_bytes);

// Of this process; nullopt where /proc is not there.
std::optional<ProcessNumbers> ReadProcess();

// Open file descriptors of this process and their soft limit; nullopt when unknown.
std::optional<double> OpenFileDescriptors();
std::optional<double> MaxFileDescriptors();

}  // namespace faultline::metrics
