// A few threads for what can only block: TLS handshakes, name resolution, file scans.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"

namespace faultline::host {

// Thread-safe. The destructor drops what has not started and waits for what has: every piece of
// work must therefore have a deadline of its own.
class WorkerPool {
 public:
  // `threads` start on first use. `max_queued` bounds what waits.
  WorkerPool(size_t threads, size_t max_queued);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False when the queue is full: the caller says UNKNOWN ("workers are busy") instead of waiting.
  bool Submit(std::function<void()> work);

 private:
  void RunWorker();

  const size_t max_threads_;
  const size_t max_queued_;
  Mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_ FAULTLINE_GUARDED_BY(mutex_);
  size_t idle_ FAULTLINE_GUARDED_BY(mutex_) = 0;
  bool stopping_ FAULTLINE_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ FAULTLINE_GUARDED_BY(mutex_);
};

}  // namespace faultline::host
