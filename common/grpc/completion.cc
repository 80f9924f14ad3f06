#include "common/grpc/completion.h"

#include <chrono>

#include "common/mutex.h"

namespace faultline {

void CompleteAll(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) static_cast<CompletionTag*>(tag)->Complete(ok);
}

struct QueueTimer::State {
  void Cancel() FAULTLINE_REQUIRES(mutex);

  Mutex mutex;
  Shot* shot FAULTLINE_GUARDED_BY(mutex) = nullptr;  // the one that counts; null: none does
};

// Owned by the queue until it comes back.
struct QueueTimer::Shot : CompletionTag {
  void Complete(bool ok) override {
    bool counts = false;
    {
      MutexLock lock(state->mutex);
      counts = state->shot == this;
      if (counts) state->shot = nullptr;
    }
    const std::function<void()> call = std::move(callback);
    delete this;
    if (ok && counts) call();
  }

  grpc::Alarm alarm;
  std::shared_ptr<State> state;
  std::function<void()> callback;
};

void QueueTimer::State::Cancel() {
  if (shot == nullptr) return;
  shot->alarm.Cancel();  // it comes back with ok false, later
  shot = nullptr;
}

QueueTimer::QueueTimer(grpc::CompletionQueue& queue)
    : queue_(queue), state_(std::make_shared<State>()) {}

void QueueTimer::Start(Span delay, std::function<void()> callback) {
  auto* const shot = new Shot;
  shot->state = state_;
  shot->callback = std::move(callback);
  MutexLock lock(state_->mutex);
  state_->Cancel();
  state_->shot = shot;
  shot->alarm.Set(&queue_, std::chrono::system_clock::now() + std::chrono::nanoseconds(delay.ns),
                  shot);
}

void QueueTimer::Cancel() {
  MutexLock lock(state_->mutex);
  state_->Cancel();
}

}  // namespace faultline
