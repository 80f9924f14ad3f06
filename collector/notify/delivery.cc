#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <utility>

#include "collector/notify/answer.h"
#include "collector/notify/delivered_keys.h"
#include "collector/notify/notify.h"
#include "common/mutex.h"

namespace faultline::notify {
namespace {

constexpr size_t kBatch = 16;
constexpr size_t kMostInMemory = 1000;
constexpr size_t kMostCounted = 1000;
// The wall clock may be stepped while we wait for a time on it.
constexpr Span kLongestWait = Span::Seconds(60);
// No deadline lies further ahead than this when it is set, unless the clock has gone back since.
constexpr Span kLongestDeadline{kLongestRetryAfter.ns + Span::Seconds(60).ns};
constexpr Span kStorePause = Span::Seconds(1);
constexpr WallTime kEver{INT64_MAX};

class DeliveryThread : public Delivery {
 public:
  DeliveryThread(std::unique_ptr<Notifier> notifier, store::Store& store, const Clock& clock)
      : notifier_(std::move(notifier)),
        channel_(notifier_->name()),
        store_(store),
        clock_(clock),
        random_(std::random_device{}()),
        thread_([this] { Run(); }) {}

  ~DeliveryThread() override {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void Wake() override {
    {
      MutexLock lock(mutex_);
      woken_ = true;
    }
    changed_.notify_all();
  }

  bool SendFromMemory(const incidents::Notification& notification) override {
    {
      MutexLock lock(mutex_);
      if (arrived_.size() + memory_size_ >= kMostInMemory) return false;
      arrived_.push_back(notification);
      woken_ = true;
    }
    changed_.notify_all();
    return true;
  }

  DeliveryCounters counters() const override {
    MutexLock lock(mutex_);
    return counters_;
  }
  std::string last_error() const override {
    MutexLock lock(mutex_);
    return last_error_;
  }
  const std::string& channel() const override { return channel_; }

 private:
  // A notification that came by memory, or one whose attempts the store could not note.
  struct Attempts {
    uint32_t failed = 0;
    WallTime next;
  };
  struct InMemory {
    incidents::Notification notification;
    Attempts attempts;
  };

  void Run() {
    for (;;) {
      const Span wait = Pass();
      MutexLock lock(mutex_);
      lock.WaitFor(changed_, std::chrono::nanoseconds(std::max<int64_t>(wait.ns, 0)),
                   [this] { return stopping_ || woken_; });
      if (stopping_) return;
      woken_ = false;
      for (incidents::Notification& each : arrived_) memory_.push_back({std::move(each), {}});
      arrived_.clear();
      memory_size_ = memory_.size();
    }
  }

  bool stopping() const {
    MutexLock lock(mutex_);
    return stopping_;
  }

  // Sends all that is due by either way. Returns how long nothing will be.
  Span Pass() {
    Span wait = kLongestWait;
    while (!stopping() && SendDueFromStore(wait)) {
    }
    SendDueFromMemory(wait);
    return wait;
  }

  static void Shorten(Span& wait, Span to) { wait = std::min(wait, to); }

  // One batch. True when there may be more; otherwise `wait` is shortened to when there will be.
  bool SendDueFromStore(Span& wait) {
    const absl::StatusOr<std::vector<store::OutboxEntry>> due =
        store_.DueOutbox(channel_, DueBy(), kBatch);
    if (!due.ok()) {
      NoteStoreError(due.status());
      Shorten(wait, kStorePause);
      return false;
    }
    bool is_store_well = true;
    for (const store::OutboxEntry& entry : *due) {
      if (stopping()) return false;
      is_store_well = SendEntry(entry) && is_store_well;
    }
    if (!is_store_well) {
      // What could not be marked is due again at once: do not spin on it.
      Shorten(wait, kStorePause);
      return false;
    }
    if (!due->empty()) return true;
    const absl::StatusOr<std::optional<WallTime>> next = store_.NextDue(channel_);
    if (next.ok() && next->has_value()) Shorten(wait, std::max(**next - clock_.Now(), Span{}));
    CountWaiting(next.ok() && next->has_value());
    return false;
  }

  // Usually now. When the clock went back, deadlines lie absurdly far ahead: take the first.
  WallTime DueBy() {
    const WallTime now = clock_.Now();
    const absl::StatusOr<std::optional<WallTime>> next = store_.NextDue(channel_);
    if (next.ok() && next->has_value() && **next - now > kLongestDeadline) return **next;
    return now;
  }

  // False when the store could not note the outcome.
  bool SendEntry(const store::OutboxEntry& entry) {
    const std::string key = DeliveredKeys::KeyOf(entry.notification);
    if (!delivered_.Contains(key)) {
      Attempts& unmarked = unmarked_[key];
      if (unmarked.next > clock_.Now()) return false;
      const SendResult result = Attempt(entry.notification);
      if (result.outcome != Outcome::kDelivered) {
        const uint32_t failed = std::max(entry.attempts, unmarked.failed) + 1;
        const WallTime next = clock_.Now() + RetryDelay(result, failed, Random());
        const absl::Status marked = store_.MarkFailed(entry.id, result.error, next);
        unmarked = {failed, next};
        return Marked(marked, key);
      }
      delivered_.Add(key);
    }
    return Marked(store_.MarkDelivered(entry.id, clock_.Now()), key);
  }

  bool Marked(const absl::Status& status, const std::string& key) {
    if (!status.ok()) {
      NoteStoreError(status);
      return false;
    }
    unmarked_.erase(key);
    return true;
  }

  void SendDueFromMemory(Span& wait) {
    if (memory_.empty()) return;
    // By incident: the first version that the store has and that is not delivered.
    std::map<std::string, uint32_t> stored;
    if (const auto waiting = store_.DueOutbox(channel_, kEver, kMostCounted); waiting.ok()) {
      for (const store::OutboxEntry& entry : *waiting) {
        if (delivered_.Contains(DeliveredKeys::KeyOf(entry.notification))) continue;
        stored[entry.notification.incident.dedup_key] = entry.notification.version;
      }
    }
    std::set<std::string> unsent;  // incidents of which an earlier version stays in memory
    std::deque<InMemory> kept;
    for (InMemory& each : memory_) {
      const std::string& incident = each.notification.incident.dedup_key;
      const std::string key = DeliveredKeys::KeyOf(each.notification);
      const auto in_store = stored.find(incident);
      // What is durable by now comes by the store.
      const bool is_stored =
          in_store != stored.end() && in_store->second >= each.notification.version;
      if (is_stored || delivered_.Contains(key)) continue;
      const bool is_held = in_store != stored.end() || unsent.count(incident) > 0;
      if (!is_held && !stopping() && SendInMemory(each, key)) continue;
      if (!is_held) Shorten(wait, std::max(each.attempts.next - clock_.Now(), Span{}));
      unsent.insert(incident);
      kept.push_back(std::move(each));
    }
    memory_ = std::move(kept);
    MutexLock lock(mutex_);
    memory_size_ = memory_.size();
  }

  // True when it was delivered.
  bool SendInMemory(InMemory& each, const std::string& key) {
    const WallTime now = clock_.Now();
    if (each.attempts.next > now && each.attempts.next - now <= kLongestDeadline) return false;
    const SendResult result = Attempt(each.notification);
    if (result.outcome == Outcome::kDelivered) {
      delivered_.Add(key);
      return true;
    }
    ++each.attempts.failed;
    each.attempts.next = clock_.Now() + RetryDelay(result, each.attempts.failed, Random());
    return false;
  }

  SendResult Attempt(const incidents::Notification& notification) {
    SendResult result = notifier_->Send(notification);
    MutexLock lock(mutex_);
    last_error_ = result.error;
    switch (result.outcome) {
      case Outcome::kDelivered:
        ++counters_.delivered;
        break;
      case Outcome::kRejected:
        ++counters_.rejected;
        ++counters_.failed_attempts;
        break;
      case Outcome::kRetry:
        ++counters_.failed_attempts;
        break;
    }
    return result;
  }

  void CountWaiting(bool any) {
    uint64_t waiting = 0;
    if (any) {
      const auto entries = store_.DueOutbox(channel_, kEver, kMostCounted);
      if (entries.ok()) waiting = entries->size();
    }
    MutexLock lock(mutex_);
    counters_.waiting = waiting;
  }

  void NoteStoreError(const absl::Status& status) {
    MutexLock lock(mutex_);
    last_error_ = std::string(status.message());
  }

  double Random() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  const std::unique_ptr<Notifier> notifier_;
  const std::string channel_;
  store::Store& store_;
  const Clock& clock_;

  // The thread's own.
  std::mt19937_64 random_;
  DeliveredKeys delivered_;
  std::map<std::string, Attempts> unmarked_;
  std::deque<InMemory> memory_;

  mutable Mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ FAULTLINE_GUARDED_BY(mutex_) = false;
  bool woken_ FAULTLINE_GUARDED_BY(mutex_) = false;
  std::deque<incidents::Notification> arrived_ FAULTLINE_GUARDED_BY(mutex_);
  size_t memory_size_ FAULTLINE_GUARDED_BY(mutex_) = 0;
  DeliveryCounters counters_ FAULTLINE_GUARDED_BY(mutex_);
  std::string last_error_ FAULTLINE_GUARDED_BY(mutex_);
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace

std::unique_ptr<Delivery> Delivery::Start(std::unique_ptr<Notifier> notifier, store::Store& store,
                                          const Clock& clock) {
  return std::make_unique<DeliveryThread>(std::move(notifier), store, clock);
}

}  // namespace faultline::notify
