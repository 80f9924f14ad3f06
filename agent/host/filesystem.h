// Space, inodes and options of the file system under a path.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace faultline::host {

struct FilesystemFacts {
  std::string real_path;    // of the path, symlinks resolved
  std::string mount_point;  // empty where /proc does not tell
  std::string type;
  std::string source;
  uint64_t size_bytes = 0;
  uint64_t free_bytes = 0;       // also what only root may use
  uint64_t available_bytes = 0;  // for everybody
  uint64_t files = 0;            // inodes in all; 0: the file system has no fixed number
  uint64_t files_free = 0;
  bool read_only = false;        // the superblock, not the mount (mount_table.h)
  bool error_read_only = false;  // the kernel made it so after an error, where it says so
  // As /etc/fstab wants it; false also where it has no line.
  bool wanted_writable = false;
};

// The errors of path_resolution(7) and statvfs(3) by absl's code for them, but DataLoss where the
// device or the file system itself is broken. MAY BLOCK FOR EVER on a dead network file system: for
// a worker only. `fstab`: a path, for tests.
absl::StatusOr<FilesystemFacts> LookAtFilesystem(const std::string& path,
                                                 const std::string& fstab = "/etc/fstab");

}  // namespace faultline::host
