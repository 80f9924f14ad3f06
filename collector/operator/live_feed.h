// The live feed: every change of the picture as a numbered event, for any number of readers.
//
// One bounded ring holds the newest events; a reader is a place in it. So no reader, however slow,
// costs memory: one that has been overtaken gets a `resync` event in place of what it missed.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "collector/pipeline/picture.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "faultline/v1/operator.pb.h"

namespace faultline::operator_api {

class LiveFeed : public pipeline::PictureObserver {
 public:
  using Event = std::shared_ptr<const v1::LiveEvent>;

  // One reader. Thread-safe; must not outlive the feed.
  class Subscription {
   public:
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    // Events not yet taken, oldest first, at most `max`. Fewer than `max` means that there are no
    // more now: the next one wakes the reader.
    std::vector<Event> Take(size_t max);

    // `wake` runs once after each Take that found the end, as soon as there is more: on the
    // pipeline's thread and under the feed's lock, so it only posts. Set before the first Take.
    // Once the destructor has returned it runs no more.
    void set_wake(std::function<void()> wake);

   private:
    friend class LiveFeed;
    Subscription(LiveFeed& feed, uint64_t next, bool resync)
        : feed_(feed), next_(next), resync_(resync) {}

    LiveFeed& feed_;
    uint64_t next_;  // id of the next event to take
    bool resync_;    // says so before anything else
    bool armed_ = false;
    std::function<void()> wake_;
  };

  // The ring's bound in bytes of serialised events, beside that in events; one event is always
  // kept. In memory they are two to three times as large.
  static constexpr size_t kMaxBytes = 2 << 20;

  // `started_at` makes the ids of one run of the collector differ from every other's: they count
  // up from its microseconds, so an id of an earlier run is always "too old".
  explicit LiveFeed(WallTime started_at, size_t ring = 4096);

  void OnPicture(const std::shared_ptr<const pipeline::Picture>& picture,
                 const pipeline::Changes& changes) override;

  // From after event `after` on. Without one, or with one that the ring does not reach any more,
  // the first event is a `resync`: read everything, then apply what follows.
  std::unique_ptr<Subscription> Subscribe(std::optional<uint64_t> after);

  size_t subscribers() const;
  uint64_t events() const;  // since start

 private:
  void Append(std::vector<std::shared_ptr<v1::LiveEvent>> events);

  const size_t size_;
  const uint64_t first_id_;
  mutable Mutex mutex_;
  std::deque<Event> ring_ FAULTLINE_GUARDED_BY(mutex_);
  size_t bytes_ FAULTLINE_GUARDED_BY(mutex_) = 0;  // of ring_, as serialised
  uint64_t next_id_ FAULTLINE_GUARDED_BY(mutex_);
  std::set<Subscription*> subscribers_ FAULTLINE_GUARDED_BY(mutex_);
};

}  // namespace faultline::operator_api
