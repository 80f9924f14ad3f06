// A few threads for what can only block: logins, TLS handshakes, file systems that may hang.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/host/loop.h"
#include "common/clock.h"

namespace faultline::host {

struct WorkerPoolState;

// What a piece of work may take where its caller does not say.
inline constexpr Span kDefaultWorkDeadline = Span::Seconds(30);

struct Job {
  std::string name;  // of the check, for people: "disk /mnt/backup"
  // Running longer than this it is stuck: it no longer counts against the pool, and another thread
  // takes its place. Counted from its start, not from Submit.
  Span deadline = kDefaultWorkDeadline;
  // On a worker. What may get stuck (a dead NFS server holds a system call for ever) owns all that
  // it touches: it may come back after the pool and everything else here is gone.
  std::function<void()> work;
  // On the same worker after `work`, but never once the pool's destructor has returned: the place
  // to Post to a loop. Must not block. May be empty.
  std::function<void()> deliver;
};

// Thread-safe. No job can stall another: a stuck one is replaced, up to `max_stuck` at once; beyond
// that the queue fills and Submit says false.
//
// The destructor drops what has not started and waits for what has, each until its deadline. What
// is stuck then is left behind with its thread, which ends when its system call returns or with the
// process: no thread can be taken out of a system call that the kernel will not interrupt.
class WorkerPool {
 public:
  // `threads` at work at once, started on first use. `max_queued` bounds what waits.
  WorkerPool(size_t threads, size_t max_queued, size_t max_stuck = 8);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False when the queue is full: the caller says UNKNOWN with WhyBusy() instead of waiting.
  bool Submit(Job job);
  // For work that surely ends by itself within kDefaultWorkDeadline.
  bool Submit(std::function<void()> work);

  struct StuckJob {
    std::string name;
    Span running;
  };
  // The longest first.
  std::vector<StuckJob> Stuck() const;

  // One line for people: "the agent's workers are busy", and with what if something is stuck.
  std::string WhyBusy() const;

 private:
  std::shared_ptr<WorkerPoolState> state_;  // shared with threads, which may outlive the pool
};

// Computes on a worker, then calls `then` with the result on the loop's thread, unless `alive` has
// expired by then: give it a pointer that ends with the object that `then` touches. `compute` owns
// all that it touches (see Job::work). `loop` must outlive the pool. False as Submit.
template <typename Result>
bool ComputeOnWorker(WorkerPool& pool, Loop& loop, std::string name, Span deadline,
                     std::function<Result()> compute, std::weak_ptr<void> alive,
                     std::function<void(Result)> then) {
  auto result = std::make_shared<std::unique_ptr<Result>>();
  Job job;
  job.name = std::move(name);
  job.deadline = deadline;
  job.work = [result, compute = std::move(compute)] {
    *result = std::make_unique<Result>(compute());
  };
  job.deliver = [&loop, result, alive = std::move(alive), then = std::move(then)] {
    loop.Post([result, alive, then] {
      if (alive.lock() != nullptr) then(std::move(**result));
    });
  };
  return pool.Submit(std::move(job));
}

}  // namespace faultline::host
