// One stream of the spool in memory: what was numbered, what of it is on disk and in which segment.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "agent/spool/frame.h"
#include "faultline/v1/agent_link.pb.h"

namespace faultline::spool {

// A file of records with seqs `first` to `last`, without holes.
struct Segment {
  std::string path;
  uint64_t first = 0;
  uint64_t last = 0;
  size_t bytes = 0;
  WallRange when;
};

// Frames to be written together.
struct Batch {
  std::string bytes;
  uint64_t first = 0;
  uint64_t last = 0;
  WallRange when;
};

// Does no I/O and waits for nothing: the spool holds its mutex around every call.
//
// Everything that is not in a closed segment is in memory, so that files are read only when nobody
// writes to them any more.
class StreamQueue {
 public:
  // `max_memory`: bytes of durable records kept for reading. `max_undurable`: bytes of records that
  // could not be written yet; above it the oldest become a gap.
  StreamQueue(faultline::v1::Stream stream, size_t max_memory, size_t max_undurable);

  // What recovery found. `tail` are the records of the last segment when that one goes on being
  // written (`continue_last`).
  void Restore(std::vector<Segment> segments, uint64_t last_seq, uint64_t acknowledged,
               bool continue_last, const std::vector<faultline::v1::Record>& tail);

  uint64_t Append(faultline::v1::Record record, uint64_t start_number);
  // Numbers [last + 1, to] were used by nobody knows what: one gap record.
  void AppendGap(uint64_t to, uint64_t start_number, const std::string& why);
  // The collector has everything up to `seq`. Numbers that it knows although this run has not sent
  // them are an earlier run's, whose files are lost: last_seq moves above them, and records of this
  // run that bear such numbers get new ones.
  void Acknowledge(uint64_t seq, uint64_t start_number);
  // Numbers up to `seq` were handed out for sending.
  void MarkSent(uint64_t seq) { sent_ = std::max(sent_, seq); }

  // Records after `after` from memory.
  std::vector<faultline::v1::Record> ReadMemory(uint64_t after, size_t max_records) const;
  // The closed segment that must be read instead to have them in order.
  std::optional<Segment> SegmentFor(uint64_t after) const;

  // What is next to be written; empty bytes when nothing is.
  Batch NextBatch(size_t max_bytes) const;
  // The batch is on disk in the active segment, which `path` begins when it is not empty.
  void MarkDurable(const Batch& batch, const std::string& path);
  // No more is written to the active segment.
  void CloseActive() { active_ = false; }
  const Segment* active() const { return active_ ? &segments_.back() : nullptr; }

  // The oldest closed segments to be given up so that at most `max_bytes` are left; at least two
  // when the first is small, none when all is well.
  std::vector<Segment> Excess(size_t max_bytes) const;
  // These, the oldest, are replaced by one that holds a gap; or by nothing.
  void Replace(const std::vector<Segment>& old, std::optional<Segment> replacement);
  // Closed segments that hold nothing above `acknowledged`; the newest of all stays.
  std::vector<Segment> TakeAcknowledged(uint64_t acknowledged);

  faultline::v1::Stream stream() const { return stream_; }
  uint64_t last_seq() const { return last_seq_; }
  uint64_t acknowledged() const { return acknowledged_; }
  uint64_t durable() const { return durable_; }
  size_t undurable_bytes() const { return undurable_bytes_; }
  size_t disk_bytes() const;
  // Records of this run that were given up at a bound.
  uint64_t dropped() const { return dropped_; }
  void AddDropped(uint64_t records) { dropped_ += records; }
  bool has_undurable() const { return !entries_.empty() && entries_.back().seq > durable_; }

 private:
  struct Entry {
    uint64_t first = 0;
    uint64_t seq = 0;
    uint64_t check = 0;
    std::string frame;
    WallRange when;
  };

  std::deque<Entry>::const_iterator After(uint64_t seq) const;
  Entry MakeEntry(const faultline::v1::Record& record) const;
  void Push(const faultline::v1::Record& record, bool durable);
  void TrimMemory();
  void TrimUndurable(uint64_t start_number);
  std::vector<faultline::v1::Record> TakeClashing(uint64_t seq);

  const faultline::v1::Stream stream_;
  const size_t max_memory_;
  const size_t max_undurable_;
  std::deque<Entry> entries_;  // ascending, without holes, ends with last_seq_
  size_t entry_bytes_ = 0;
  size_t undurable_bytes_ = 0;
  std::vector<Segment> segments_;  // ascending
  bool active_ = false;            // the last one is being written
  uint64_t last_seq_ = 0;
  uint64_t acknowledged_ = 0;
  uint64_t durable_ = 0;
  uint64_t sent_ = 0;
  uint64_t own_from_ = 1;  // the first number that this run gives
  uint64_t dropped_ = 0;
};

}  // namespace faultline::spool
