// Tags and timers of one gRPC completion queue.
#pragma once

#include <functional>
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

class FunctionTag : public CompletionTag {
 public:
  explicit FunctionTag(std::function<void(bool)> function) : function_(std::move(function)) {}
  void Complete(bool ok) override { function_(ok); }

 private:
  const std::function<void(bool)> function_;
};

// Calls back once on the queue's thread, unless started anew or cancelled before. All methods
// belong to the queue's thread; must be cancelled before the queue is shut down.
class QueueTimer {
 public:
  explicit QueueTimer(grpc::CompletionQueue& queue) : queue_(queue) {}
  ~QueueTimer() { Cancel(); }
  QueueTimer(const QueueTimer&) = delete;
  QueueTimer& operator=(const QueueTimer&) = delete;

  void Start(Span delay, std::function<void()> callback);
  void Cancel();

 private:
  struct Shot;
  grpc::CompletionQueue& queue_;
  Shot* shot_ = nullptr;  // owned by the queue until it comes back
};

}  // namespace faultline
