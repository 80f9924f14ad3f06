#include "agent/host/worker_pool.h"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <list>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/mutex.h"

namespace faultline::host {
namespace {

using Steady = std::chrono::steady_clock;

std::chrono::nanoseconds Chrono(Span span) { return std::chrono::nanoseconds(span.ns); }

}  // namespace

struct WorkerPoolState {
  struct Running {
    std::string name;
    Steady::time_point began;
    Steady::time_point late;  // from here on it is stuck
    size_t thread = 0;        // index into `threads`
  };

  WorkerPoolState(size_t threads, size_t queued, size_t stuck)
      : max_working(threads == 0 ? 1 : threads),
        max_queued(queued),
        // One more than may work, which waits for the first to get stuck.
        max_threads(max_working + stuck + 1) {}

  size_t Stuck(Steady::time_point now) const FAULTLINE_REQUIRES(mutex) {
    return static_cast<size_t>(std::count_if(
        running.begin(), running.end(), [now](const Running& job) { return job.late <= now; }));
  }
  bool MayTake() const FAULTLINE_REQUIRES(mutex) {
    return !queue.empty() && running.size() - Stuck(Steady::now()) < max_working;
  }
  // When a job that runs now will be stuck; far away where none will.
  Steady::time_point NextStuck() const FAULTLINE_REQUIRES(mutex) {
    const Steady::time_point now = Steady::now();
    Steady::time_point next = now + std::chrono::hours(1);
    for (const Running& job : running) {
      if (job.late > now) next = std::min(next, job.late);
    }
    return next;
  }

  const size_t max_working;
  const size_t max_queued;
  const size_t max_threads;
  mutable Mutex mutex;
  std::condition_variable wake;      // work, or the end
  std::condition_variable finished;  // a job has ended
  std::deque<Job> queue FAULTLINE_GUARDED_BY(mutex);
  std::list<Running> running FAULTLINE_GUARDED_BY(mutex);
  std::vector<std::thread> threads FAULTLINE_GUARDED_BY(mutex);
  size_t idle FAULTLINE_GUARDED_BY(mutex) = 0;
  size_t delivering FAULTLINE_GUARDED_BY(mutex) = 0;
  bool stopping FAULTLINE_GUARDED_BY(mutex) = false;
};

namespace {

using StatePtr = std::shared_ptr<WorkerPoolState>;

void RunWorker(const StatePtr& state, size_t thread);

// Somebody must be there for what waits: to take it now, or when a running job gets stuck.
void StartThreadIfNeeded(const StatePtr& state) FAULTLINE_REQUIRES(state->mutex) {
  if (state->queue.size() <= state->idle || state->threads.size() >= state->max_threads) return;
  const size_t busy = state->running.size() - state->Stuck(Steady::now());
  if (state->idle > 0 && busy + state->idle > state->max_working) return;
  const size_t thread = state->threads.size();
  state->threads.emplace_back([state, thread] { RunWorker(state, thread); });
}

// Returns with a job in `running`, or false at the end.
bool TakeJob(const StatePtr& state, size_t thread, Job* job,
             std::list<WorkerPoolState::Running>::iterator* place) {
  MutexLock lock(state->mutex);
  ++state->idle;
  while (!state->stopping && !state->MayTake()) {
    const auto until_stuck = state->NextStuck() - Steady::now();
    if (state->queue.empty()) {
      lock.Wait(state->wake, [&] { return state->stopping || !state->queue.empty(); });
    } else {
      lock.WaitFor(state->wake, until_stuck, [&] { return state->stopping || state->MayTake(); });
    }
  }
  --state->idle;
  if (state->stopping) return false;
  *job = std::move(state->queue.front());
  state->queue.pop_front();
  const Steady::time_point now = Steady::now();
  *place = state->running.insert(state->running.end(),
                                 {job->name, now, now + Chrono(job->deadline), thread});
  StartThreadIfNeeded(state);
  return true;
}

void RunWorker(const StatePtr& state, size_t thread) {
  // Signals belong to the loop's thread.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  Job job;
  std::list<WorkerPoolState::Running>::iterator place;
  while (TakeJob(state, thread, &job, &place)) {
    job.work();
    bool deliver = false;
    {
      MutexLock lock(state->mutex);
      deliver = !state->stopping && job.deliver != nullptr;
      if (deliver) ++state->delivering;
    }
    if (deliver) job.deliver();
    job = Job();  // what it owned ends before it counts as finished
    MutexLock lock(state->mutex);
    if (deliver) --state->delivering;
    state->running.erase(place);
    state->finished.notify_all();
    // Idle threads sleep on: a job a second must not wake them all.
    if (!state->queue.empty()) state->wake.notify_one();
  }
}

}  // namespace

WorkerPool::WorkerPool(size_t threads, size_t max_queued, size_t max_stuck)
    : state_(std::make_shared<WorkerPoolState>(threads, max_queued, max_stuck)) {}

WorkerPool::~WorkerPool() {
  std::deque<Job> dropped;
  std::vector<std::thread> threads;
  std::vector<bool> stuck;
  {
    MutexLock lock(state_->mutex);
    state_->stopping = true;
    dropped.swap(state_->queue);
    state_->wake.notify_all();
    const auto done = [this] {
      return state_->delivering == 0 && state_->running.size() == state_->Stuck(Steady::now());
    };
    while (!done()) {
      lock.WaitFor(state_->finished, state_->NextStuck() - Steady::now(), done);
    }
    threads.swap(state_->threads);
    stuck.resize(threads.size(), false);
    for (const WorkerPoolState::Running& job : state_->running) stuck[job.thread] = true;
  }
  for (size_t i = 0; i < threads.size(); ++i) {
    if (stuck[i]) {
      threads[i].detach();
    } else {
      threads[i].join();
    }
  }
}

bool WorkerPool::Submit(Job job) {
  MutexLock lock(state_->mutex);
  if (state_->stopping || state_->queue.size() >= state_->max_queued) return false;
  state_->queue.push_back(std::move(job));
  StartThreadIfNeeded(state_);
  state_->wake.notify_one();
  return true;
}

bool WorkerPool::Submit(std::function<void()> work) {
  Job job;
  job.work = std::move(work);
  return Submit(std::move(job));
}

std::vector<WorkerPool::StuckJob> WorkerPool::Stuck() const {
  const Steady::time_point now = Steady::now();
  std::vector<StuckJob> stuck;
  {
    MutexLock lock(state_->mutex);
    for (const WorkerPoolState::Running& job : state_->running) {
      if (job.late > now) continue;
      stuck.push_back({job.name.empty() ? "unnamed work" : job.name,
                       Span{std::chrono::nanoseconds(now - job.began).count()}});
    }
  }
  std::stable_sort(stuck.begin(), stuck.end(),
                   [](const StuckJob& a, const StuckJob& b) { return a.running > b.running; });
  return stuck;
}

std::string WorkerPool::WhyBusy() const {
  constexpr size_t kNamed = 3;
  const std::vector<StuckJob> stuck = Stuck();
  std::string text = "the agent's workers are busy";
  for (size_t i = 0; i < stuck.size() && i < kNamed; ++i) {
    absl::StrAppend(&text, i == 0 ? "; stuck: " : ", ", stuck[i].name, " for ",
                    stuck[i].running.ns / 1'000'000'000, "s");
  }
  if (stuck.size() > kNamed) absl::StrAppend(&text, " and ", stuck.size() - kNamed, " more");
  return text;
}

}  // namespace faultline::host
