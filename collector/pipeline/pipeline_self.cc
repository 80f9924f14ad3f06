// The pipeline's part about itself: whose words it still has room for, and how its store and clock
// are.
#include <algorithm>
#include <utility>

#include "collector/pipeline/pipeline.h"

namespace faultline::pipeline {
namespace {

// A store that has failed for this long does not keep the world from hearing (design, decision 13).
constexpr Span kStorePatience = Span::Seconds(2);
// How often the collector looks at itself.
constexpr Span kSelfLook = Span::Millis(500);

}  // namespace

bool Pipeline::HasRoom() const {
  return queue_.size() < options_.max_queued && uncommitted_ < options_.max_uncommitted;
}

bool Pipeline::MayRead(uint64_t stream) const { return HasRoom() && bytes_.HasRoom(stream); }

void Pipeline::Release(std::vector<std::function<void()>>* released) {
  std::erase_if(held_, [&](Held& held) {
    if (!MayRead(held.stream)) return false;
    released->push_back(std::move(held.taken));
    return true;
  });
}

void Pipeline::SayUnsaid(MonoTime now) {
  uint64_t committed = 0;
  {
    MutexLock lock(mutex_);
    committed = committed_;
  }
  std::erase_if(unsaid_, [&](const Unsaid& unsaid) {
    if (unsaid.commit <= committed) return true;
    if (unsaid.since + kStorePatience > now) return false;
    if (memory_outlet_) memory_outlet_(unsaid.notification);
    return true;
  });
}

MonoTime Pipeline::LastTurn() const {
  MutexLock lock(mutex_);
  return last_turn_;
}

void Pipeline::LookAtItself(incidents::Moment moment) {
  if (moment.mono < next_look_) return;
  next_look_ = moment.mono + kSelfLook;
  {
    MutexLock lock(mutex_);
    while (!waiting_.empty() && waiting_.front().first <= committed_) waiting_.pop_front();
  }
  const std::optional<MonoTime> oldest =
      waiting_.empty() ? std::nullopt : std::optional<MonoTime>(waiting_.front().second);
  engine_.NoteOwn(watch_.Judge(store_.Health(), oldest, moment.now, moment.mono), moment);
  if (!witness_.IsDue(moment.mono)) return;
  if (witness_.Look(picture()->hosts, moment.now, moment.mono)) {
    store_.ConfirmClock(moment.now, moment.mono);
  }
}

}  // namespace faultline::pipeline
