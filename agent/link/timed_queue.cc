#include "agent/link/timed_queue.h"

#include <grpc/support/time.h>

#include <chrono>
#include <utility>

#include "common/grpc/completion.h"

namespace faultline::link {
namespace {

// The clock that gRPC waits by.
MonoTime Now() {
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(
              std::chrono::steady_clock::now().time_since_epoch())
              .count()};
}

gpr_timespec After(Span delay) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(delay.ns, GPR_TIMESPAN));
}

}  // namespace

void TimedQueue::Run(const std::function<void()>& after_each) {
  using Queue = grpc::CompletionQueue;
  while (true) {
    if (!FireOne()) {
      void* tag = nullptr;
      bool ok = false;
      const gpr_timespec deadline = deadlines_.empty() ? gpr_inf_future(GPR_CLOCK_MONOTONIC)
                                                       : After(deadlines_.begin()->first - Now());
      const Queue::NextStatus status = queue_.AsyncNext(&tag, &ok, deadline);
      if (status == Queue::SHUTDOWN) return;
      if (status == Queue::TIMEOUT) continue;
      static_cast<CompletionTag*>(tag)->Complete(ok);
    }
    if (after_each) after_each();
  }
}

bool TimedQueue::FireOne() {
  if (deadlines_.empty() || Now() < deadlines_.begin()->first) return false;
  LinkTimer& timer = *deadlines_.begin()->second;
  const std::function<void()> callback = std::move(timer.callback_);
  timer.Cancel();
  callback();
  return true;
}

void LinkTimer::Start(Span delay, std::function<void()> callback) {
  Cancel();
  callback_ = std::move(callback);
  at_ = queue_.deadlines_.emplace(Now() + delay, this);
}

void LinkTimer::Cancel() {
  if (at_ == queue_.deadlines_.end()) return;
  queue_.deadlines_.erase(at_);
  at_ = queue_.deadlines_.end();
  callback_ = nullptr;
}

}  // namespace faultline::link
