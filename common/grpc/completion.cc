#include "common/grpc/completion.h"

#include <chrono>

namespace faultline {

struct QueueTimer::Shot : CompletionTag {
  void Complete(bool ok) override {
    QueueTimer* const timer = owner;
    const std::function<void()> call = std::move(callback);
    delete this;
    if (timer == nullptr) return;
    timer->shot_ = nullptr;
    if (ok) call();
  }

  grpc::Alarm alarm;
  QueueTimer* owner = nullptr;  // nullptr: cancelled
  std::function<void()> callback;
};

void QueueTimer::Start(Span delay, std::function<void()> callback) {
  Cancel();
  shot_ = new Shot;
  shot_->owner = this;
  shot_->callback = std::move(callback);
  shot_->alarm.Set(&queue_, std::chrono::system_clock::now() + std::chrono::nanoseconds(delay.ns),
                   shot_);
}

void QueueTimer::Cancel() {
  if (shot_ == nullptr) return;
  shot_->owner = nullptr;
  shot_->alarm.Cancel();
  shot_ = nullptr;
}

}  // namespace faultline
