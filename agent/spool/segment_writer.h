// The file that a stream's records are being written to. Belongs to the spool's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "agent/spool/file_io.h"

namespace faultline::spool {

class SegmentWriter {
 public:
  // Goes on with a segment of an earlier run, of `bytes` bytes. When that cannot be, the next write
  // begins a new one.
  void Continue(Disk& disk, const std::string& path, size_t bytes);

  bool is_open() const { return file_ != nullptr; }

  // Begins the segment `path`; what an attempt before has left of it goes.
  absl::Status Begin(Disk& disk, const std::string& path);

  // Writes and syncs. On an error the file is as before, or closed for good.
  absl::Status Write(const std::string& frames);

  void Close() { file_.reset(); }

 private:
  std::unique_ptr<File> file_;
  size_t bytes_ = 0;
};

}  // namespace faultline::spool
