// What lies in a spool's directory after whatever happened to it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/spool/file_io.h"
#include "agent/spool/stream_queue.h"

namespace faultline::spool {

// "transitions", "log-events": the beginning of its segments' names.
std::string StreamPrefix(faultline::v1::Stream stream);

// "DIRECTORY/transitions-00000000000000000042.log"
std::string SegmentPath(const std::string& directory, faultline::v1::Stream stream,
                        uint64_t first_seq);

struct RecoveredStream {
  std::vector<Segment> segments;  // ascending, without holes above `acknowledged`
  uint64_t last_seq = 0;          // highest that was read, at least `acknowledged`
  bool found_any = false;
  // The last segment ends with its last record: more may be written behind it.
  bool can_continue = false;
  // Records of the last segment, for going on with it.
  std::vector<faultline::v1::Record> tail;
  std::vector<std::string> notes;  // what was cut, set aside or missing; for the log
};

// Reads all segments of `stream`. Torn tails are cut. A segment with damage inside is set aside as
// *.bad and replaced by what is readable, with gap records for the rest; so are holes between
// segments. Never fails on what a file holds; only when the directory cannot be listed.
absl::StatusOr<RecoveredStream> RecoverStream(Disk& disk, const std::string& directory,
                                              faultline::v1::Stream stream, uint64_t acknowledged,
                                              uint64_t start_number);

// Records of a closed segment with seq > `after`, holes filled with gap records: also when the file
// has become unreadable since. NotFound when it is gone (acknowledged or replaced meanwhile).
absl::StatusOr<std::vector<faultline::v1::Record>> ReadSegment(Disk& disk, const Segment& segment,
                                                               faultline::v1::Stream stream,
                                                               uint64_t start_number);

}  // namespace faultline::spool
