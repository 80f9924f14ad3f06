// Whole small files, as /proc and /sys have them.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace faultline::host {

// The file's text, at most `max_bytes` of it. What opens without blocking only: a FIFO or a device
// is no such file. The error names the path. Blocks as long as the file system does, so only files
// of the kernel (/proc, /sys, /run) are for the loop's thread.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes = 64 * 1024);

// The same; empty where it cannot be read.
std::string SmallFileOrEmpty(const std::string& path);

// The same of the last `max_bytes` of the file.
absl::StatusOr<std::string> ReadTail(const std::string& path, size_t max_bytes);

}  // namespace faultline::host
