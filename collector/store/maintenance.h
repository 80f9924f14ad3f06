// What the writer does in idle moments: copying the log into the database file, and deleting what
// is too old or too much, a little at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "collector/store/reckoning.h"
#include "collector/store/sqlite.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace faultline::store {

struct Retention {
  Span keep = Span::Seconds(30 * 86400);
  int64_t max_bytes = int64_t{2} << 30;
  std::string path;  // of the database: damaged ones lie beside it
};

// On the writer's thread only, but for what says otherwise. All times are CLOCK_MONOTONIC except in
// Step.
class Maintenance {
 public:
  Maintenance(Connection& writer, Retention retention);

  // When the next step is due if nothing else happens; `idle_since` is when the writer last
  // committed.
  MonoTime DueAt(MonoTime idle_since) const;
  // One short step (some milliseconds). A failure is tried again later; it loses nothing.
  absl::Status Step(MonoTime now, WallTime wall);
  // The log has grown so far that a checkpoint must not wait for an idle moment, or none has come
  // for too long.
  bool urgent(MonoTime now) const;

  // Thread-safe. The wall clock is known to be right: it says `wall` at `now`.
  void ConfirmClock(WallTime wall, MonoTime now);
  // Thread-safe. Damaged histories as they lay there at the last look.
  std::vector<std::string> set_aside() const;

 private:
  bool checkpoint_needed() const;
  // True when there may be more.
  absl::StatusOr<bool> Delete(MonoTime now, WallTime wall);
  absl::Status Reckon(MonoTime now, WallTime wall);

  Connection& writer_;
  const Retention retention_;
  MonoTime next_checkpoint_;  // not before
  MonoTime next_deletion_;
  MonoTime overdue_;  // then deletions do not wait for an idle moment
  MonoTime next_keeping_;
  std::optional<Reckoning> reckoning_;

  mutable Mutex mutex_;
  std::optional<Span> confirmed_ FAULTLINE_GUARDED_BY(mutex_);  // wall minus monotonic clock
  std::vector<std::string> set_aside_ FAULTLINE_GUARDED_BY(mutex_);
};

}  // namespace faultline::store
