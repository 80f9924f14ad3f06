// The agent's durable queue of records between the checks and the collector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "faultline/v1/agent_link.pb.h"

namespace faultline::spool {

class Disk;

struct SpoolOptions {
  std::string directory;  // made if absent, 0700
  size_t max_transition_bytes = 32u << 20;
  size_t max_log_event_bytes = 16u << 20;
  size_t segment_bytes = 1u << 20;
  // Of each stream: durable records kept in memory for sending, and the most that waits in memory
  // while the disk takes nothing.
  size_t memory_bytes = 4u << 20;
  size_t max_undurable_bytes = 8u << 20;
  Disk* disk = nullptr;  // must outlive the spool; null: the real one
};

// For gauges. Of both streams together.
struct SpoolStats {
  size_t disk_bytes = 0;       // in segments
  size_t undurable_bytes = 0;  // in memory only, waiting to be written
  uint64_t dropped = 0;        // records given up at a bound since the start
};

// Two streams (transitions, log events), each with its own segments, sequence and bound.
//
// Append gives a record its seq, keeps it in memory and hands it to the spool's own thread, which
// writes and fsyncs (batched). Sending need not wait for the fsync. A record survives a kill of the
// process as soon as the thread has written it, and a power loss once fsynced.
//
// At a stream's bound the oldest go and a gap record with their range and times takes their place;
// of transitions the newest of each check stays among the old ones.
//
// While the disk takes nothing (full, read-only, failing), also at the start, everything goes on
// from memory within its own bound, health() says why, and the thread tries again every second.
//
// A number is never used for two records: Open goes on above what may have been sent, and what the
// collector's welcome knows beyond that (Acknowledge) is skipped before anything is sent.
//
// Thread-safe.
class Spool {
 public:
  virtual ~Spool() = default;  // writes what is queued, then joins

  // Opens or makes the spool. A torn tail is cut, a bad segment set aside ("*.bad") and told of as
  // a gap record; neither blocks the start, nor does a disk that takes nothing. Aborted
  // when another process has it open; other errors name the file and the fix.
  static absl::StatusOr<std::unique_ptr<Spool>> Open(const SpoolOptions& options);

  virtual const std::string& id() const = 0;  // 32 hex digits, made with the spool
  // Durable before Open returns, unless health() is bad then: as soon as the disk takes it.
  virtual uint64_t start_number() const = 0;

  // Fills in stream, seq and start_number of `record` and returns the seq.
  virtual uint64_t Append(faultline::v1::Stream stream, faultline::v1::Record record) = 0;

  // Up to `max_records` with seq > `after`, in order, from memory or disk. At least one if there is
  // any. Never returns what is acknowledged. May read a file: not for the loop's thread.
  virtual std::vector<faultline::v1::Record> ReadAfter(faultline::v1::Stream stream, uint64_t after,
                                                       size_t max_records) = 0;

  // Highest seq given so far (0 = none) and the highest acknowledged.
  virtual uint64_t last_seq(faultline::v1::Stream stream) const = 0;
  virtual uint64_t acknowledged(faultline::v1::Stream stream) const = 0;

  // Everything up to `seq` is durable at the collector: may be forgotten. Above last_seq it moves
  // last_seq too, and what this run has not sent yet gets new numbers: those that the collector
  // knows are never given again. Call it with the welcome's positions before anything is sent.
  virtual void Acknowledge(faultline::v1::Stream stream, uint64_t seq) = 0;

  // Waits until everything appended before is on disk (for a clean stop and for tests). The error
  // of health() where the disk cannot take it.
  virtual absl::Status Flush() = 0;

  // OK, or why records are not durable at the moment (disk full, read-only).
  virtual absl::Status health() const = 0;
  virtual SpoolStats stats() const = 0;

  // What Open found amiss (cut, set aside, missing), one line each, for the log.
  virtual const std::vector<std::string>& notes() const = 0;
};

}  // namespace faultline::spool
