#include "collector/store/maintenance.h"

#include <algorithm>
#include <utility>

#include "collector/store/damage.h"
#include "collector/store/retention.h"

namespace faultline::store {
namespace {

constexpr int kWorthCopying = 4000;  // frames of 1 KiB; of an older history 4
constexpr int kMustCopy = 32000;
constexpr Span kIdle = Span::Millis(200);
constexpr Span kPause = Span::Seconds(1);  // a reader may hold the log: do not spin on it
constexpr Span kDeletionInterval = Span::Seconds(60);
constexpr Span kKeepingInterval = Span::Seconds(600);

}  // namespace

Maintenance::Maintenance(Connection& writer, Retention retention)
    : writer_(writer),
      retention_(std::move(retention)),
      overdue_{INT64_MAX},
      set_aside_(FilesSetAside(retention_.path)) {}

bool Maintenance::checkpoint_needed() const { return writer_.uncopied_frames() >= kWorthCopying; }

bool Maintenance::urgent(MonoTime now) const {
  return writer_.uncopied_frames() >= kMustCopy || now >= overdue_;
}

MonoTime Maintenance::DueAt(MonoTime idle_since) const {
  const MonoTime deletion = std::max(next_deletion_, idle_since + kIdle);
  if (!checkpoint_needed()) return deletion;
  return std::min(deletion, std::max(next_checkpoint_, idle_since + kIdle));
}

absl::Status Maintenance::Step(MonoTime now, WallTime wall) {
  const bool must_copy = writer_.uncopied_frames() >= kMustCopy;
  if (must_copy || (checkpoint_needed() && now >= next_checkpoint_)) {
    next_checkpoint_ = now + kPause;
    return writer_.Checkpoint();
  }
  if (now < next_deletion_) return absl::OkStatus();
  const absl::StatusOr<bool> more = Delete(now, wall);
  next_deletion_ = now + (!more.ok() ? kPause : *more ? Span{} : kDeletionInterval);
  overdue_ = next_deletion_ + (more.ok() && *more ? kPause : kDeletionInterval);
  return more.status();
}

void Maintenance::ConfirmClock(WallTime wall, MonoTime now) {
  MutexLock lock(mutex_);
  confirmed_ = Span{wall.ns - now.ns};
}

std::vector<std::string> Maintenance::set_aside() const {
  MutexLock lock(mutex_);
  return set_aside_;
}

absl::Status Maintenance::Reckon(MonoTime now, WallTime wall) {
  if (!reckoning_.has_value()) {
    const absl::StatusOr<int64_t> stored = writer_.QueryInt("SELECT time FROM reckoning");
    if (!stored.ok()) return stored.status();
    reckoning_.emplace(WallTime{*stored}, wall, now);
  }
  std::optional<Span> confirmed;
  {
    MutexLock lock(mutex_);
    confirmed = std::exchange(confirmed_, std::nullopt);
  }
  if (confirmed.has_value()) reckoning_->Confirm({now.ns + confirmed->ns}, now);
  (void)reckoning_->Now(wall, now);
  if (now < next_keeping_) return absl::OkStatus();
  Statement keep = writer_.Prepare("UPDATE reckoning SET time = ?");
  if (absl::Status status = keep.Bind(reckoning_->reckoned()).Run(); !status.ok()) return status;
  next_keeping_ = now + kKeepingInterval;
  return absl::OkStatus();
}

absl::StatusOr<bool> Maintenance::Delete(MonoTime now, WallTime wall) {
  std::vector<std::string> set_aside = FilesSetAside(retention_.path);
  {
    MutexLock lock(mutex_);
    set_aside_ = std::move(set_aside);
  }
  if (absl::Status status = Reckon(now, wall); !status.ok()) return status;
  const absl::StatusOr<bool> more =
      DeleteOld(writer_, reckoning_->Now(wall, now) - retention_.keep);
  if (!more.ok() || *more) return more;
  return DeleteSurplus(writer_, retention_.max_bytes);
}

}  // namespace faultline::store
