// Tags and timers of one gRPC completion queue.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "common/clock.h"
#include "grpcpp/alarm.h"
#include "grpcpp/completion_queue.h"

namespace faultline {

// What Next() hands back: told when its operation has ended. Must live until then.
class CompletionTag {
 public:
  virtual ~CompletionTag() = default;
  // `ok` false: the operation did not succeed, or the timer was cancelled.
  virtual void Complete(bool ok) = 0;
};

// Completes every tag of the queue as it comes back, until the queue is shut down and empty.
void CompleteAll(grpc::CompletionQueue& queue);

class FunctionTag : public CompletionTag {
 public:
  explicit FunctionTag(std::function<void(bool)> function) : function_(std::move(function)) {}
  void Complete(bool ok) override { function_(ok); }

 private:
  const std::function<void(bool)> function_;
};

// Calls back once on the queue's thread, unless started anew or cancelled before. Any thread may
// start and cancel it, but only on the queue's thread is it sure after Cancel that no callback is
// under way. Must be cancelled before the queue is shut down.
class QueueTimer {
 public:
  explicit QueueTimer(grpc::CompletionQueue& queue);
  ~QueueTimer() { Cancel(); }
  QueueTimer(const QueueTimer&) = delete;
  QueueTimer& operator=(const QueueTimer&) = delete;

  void Start(Span delay, std::function<void()> callback);
  void Cancel();

 private:
  struct Shot;
  struct State;
  grpc::CompletionQueue& queue_;
  const std::shared_ptr<State> state_;  // what a shot that comes back late can still look at
};

}  // namespace faultline
