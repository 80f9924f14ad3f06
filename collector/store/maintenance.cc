#include "collector/store/maintenance.h"

#include <algorithm>

namespace faultline::store {
namespace {

constexpr int kWorthCopying = 1000;  // frames of 4 KiB
constexpr int kMustCopy = 8000;
constexpr Span kIdle = Span::Millis(200);
constexpr Span kPause = Span::Seconds(1);  // a reader may hold the log: do not spin on it
constexpr Span kDeletionInterval = Span::Seconds(3600);

constexpr const char* kDeletions[] = {
    "DELETE FROM transitions WHERE rowid IN (SELECT rowid FROM transitions WHERE received < ? "
    "LIMIT 500)",
    "DELETE FROM log_events WHERE rowid IN (SELECT rowid FROM log_events WHERE last < ? LIMIT 500)",
    "DELETE FROM gaps WHERE \"to\" < ?",
};

}  // namespace

bool Maintenance::checkpoint_needed() const { return writer_.uncopied_frames() >= kWorthCopying; }

bool Maintenance::urgent() const { return writer_.uncopied_frames() >= kMustCopy; }

MonoTime Maintenance::DueAt(MonoTime idle_since) const {
  const MonoTime deletion = std::max(next_deletion_, idle_since + kIdle);
  if (!checkpoint_needed()) return deletion;
  return std::min(deletion, std::max(next_checkpoint_, idle_since + kIdle));
}

absl::Status Maintenance::Step(MonoTime now, WallTime wall) {
  if (urgent() || (checkpoint_needed() && now >= next_checkpoint_)) {
    next_checkpoint_ = now + kPause;
    return writer_.Checkpoint();
  }
  if (now < next_deletion_) return absl::OkStatus();
  const absl::StatusOr<bool> more = DeleteOld(wall);
  next_deletion_ = now + (!more.ok() ? kPause : *more ? Span{} : kDeletionInterval);
  return more.status();
}

absl::StatusOr<bool> Maintenance::DeleteOld(WallTime wall) {
  const WallTime before = wall - keep_;
  for (const char* sql : kDeletions) {
    Statement remove = writer_.Prepare(sql);
    if (absl::Status status = remove.Bind(before).Run(); !status.ok()) return status;
    if (writer_.changes() >= 500) return true;
  }
  return false;
}

}  // namespace faultline::store
