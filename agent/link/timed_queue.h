// A completion queue with its thread: runs its tags, and timers that are deadlines of the wait
// itself. A grpc::Alarm would wake two of gRPC's own threads for each, and the heartbeat is one a
// second for ever.
#pragma once

#include <functional>
#include <map>

#include "common/clock.h"
#include "grpcpp/completion_queue.h"

namespace faultline::link {

class LinkTimer;

class TimedQueue {
 public:
  TimedQueue() = default;
  TimedQueue(const TimedQueue&) = delete;
  TimedQueue& operator=(const TimedQueue&) = delete;

  // Thread-safe, as gRPC's queues are.
  grpc::CompletionQueue& queue() { return queue_; }

  // On the thread that is to be the queue's: completes tags (CompletionTag) and fires timers until
  // the queue has been shut down and is empty. `after_each` is called after every one of them.
  void Run(const std::function<void()>& after_each);

 private:
  friend class LinkTimer;
  using Deadlines = std::multimap<MonoTime, LinkTimer*>;

  bool FireOne();

  grpc::CompletionQueue queue_;
  Deadlines deadlines_;
};

// Calls back once on the queue's thread, unless started anew or cancelled before. All methods
// belong to that thread; making one does not. Never fires once the queue has ended.
class LinkTimer {
 public:
  // `queue` must outlive the timer.
  explicit LinkTimer(TimedQueue& queue) : queue_(queue), at_(queue.deadlines_.end()) {}
  ~LinkTimer() { Cancel(); }
  LinkTimer(const LinkTimer&) = delete;
  LinkTimer& operator=(const LinkTimer&) = delete;

  // `callback` may start the timer anew, cancel or destroy it.
  void Start(Span delay, std::function<void()> callback);
  void Cancel();

 private:
  friend class TimedQueue;
  TimedQueue& queue_;
  TimedQueue::Deadlines::iterator at_;  // end: not started
  std::function<void()> callback_;
};

}  // namespace faultline::link
