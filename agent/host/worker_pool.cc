#include "agent/host/worker_pool.h"

#include <csignal>
#include <utility>

namespace faultline::host {

WorkerPool::WorkerPool(size_t threads, size_t max_queued)
    : max_threads_(threads == 0 ? 1 : threads), max_queued_(max_queued) {}

WorkerPool::~WorkerPool() {
  std::deque<std::function<void()>> dropped;
  std::vector<std::thread> threads;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
    threads.swap(threads_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

bool WorkerPool::Submit(std::function<void()> work) {
  {
    MutexLock lock(mutex_);
    if (stopping_ || queue_.size() >= max_queued_) return false;
    queue_.push_back(std::move(work));
    if (queue_.size() > idle_ && threads_.size() < max_threads_) {
      threads_.emplace_back([this] { RunWorker(); });
    }
  }
  wake_.notify_one();
  return true;
}

void WorkerPool::RunWorker() {
  // Signals belong to the loop's thread.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  while (true) {
    std::function<void()> work;
    {
      MutexLock lock(mutex_);
      ++idle_;
      lock.Wait(wake_, [this] { return stopping_ || !queue_.empty(); });
      --idle_;
      if (stopping_) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace faultline::host
