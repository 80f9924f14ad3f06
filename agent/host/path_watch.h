// Tells when what a path leads to may have changed: the file written or replaced, a symlink on the
// way swapped, a missing directory made. By inotify on every directory that decides about it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/host/loop.h"

namespace faultline::host {

enum class PathEvents {
  kReplacedOrWritten,  // and when a writer closes the file: for files that are written whole
  kReplacedOrGrown,    // and at every write to the file itself: for logs
};

class PathWatch {
 public:
  virtual ~PathWatch() = default;
  // False while a directory on the way may not be watched (no right to read it, or too many
  // watches): the caller should look now and then by itself.
  virtual bool complete() const = 0;
};

// `path` is absolute. Calls back on the loop's thread, sometimes without need (another file of a
// watched directory changed). The callback may destroy the watch.
absl::StatusOr<std::unique_ptr<PathWatch>> WatchPath(Loop& loop, const std::string& path,
                                                     PathEvents events,
                                                     std::function<void()> callback);

// The existing directories that decide what `path` leads to: those that hold a symlink on the way,
// the one that holds the file, or the last one that exists before a missing part.
std::vector<std::string> DecidingDirectories(const std::string& path);

}  // namespace faultline::host
