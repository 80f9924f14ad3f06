// What the writer does in idle moments: copying the log into the database file, and deleting what
// is too old, a little at a time.
#pragma once

#include "absl/status/status.h"
#include "collector/store/sqlite.h"
#include "common/clock.h"

namespace faultline::store {

// On the writer's thread only. All times are CLOCK_MONOTONIC except in Step.
class Maintenance {
 public:
  Maintenance(Connection& writer, Span keep_records) : writer_(writer), keep_(keep_records) {}

  // When the next step is due if nothing else happens; `idle_since` is when the writer last
  // committed.
  MonoTime DueAt(MonoTime idle_since) const;
  // One short step (some milliseconds). A failure is tried again later; it loses nothing.
  absl::Status Step(MonoTime now, WallTime wall);
  // The log has grown so far that a checkpoint must not wait for an idle moment.
  bool urgent() const;

 private:
  bool checkpoint_needed() const;
  // True when there may be more.
  absl::StatusOr<bool> DeleteOld(WallTime wall);

  Connection& writer_;
  const Span keep_;
  MonoTime next_checkpoint_;  // not before
  MonoTime next_deletion_;
};

}  // namespace faultline::store
