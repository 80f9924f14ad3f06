// The delivery of one channel: its thread, and what it knows.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "collector/notify/health.h"
#include "collector/notify/hold.h"
#include "collector/notify/notify.h"
#include "collector/notify/our_own.h"
#include "collector/notify/queue.h"
#include "collector/notify/unsaved.h"
#include "common/mutex.h"

namespace faultline::notify {

class DeliveryThread : public Delivery {
 public:
  DeliveryThread(std::unique_ptr<Notifier> notifier, store::Store& store, const Clock& clock,
                 const DeliveryOptions& options);
  ~DeliveryThread() override;

  void Wake() override;
  void Stop() override;
  bool SendFromMemory(const incidents::Notification& notification) override;
  DeliveryCounters counters() const override;
  operator_api::ChannelState state() const override;
  operator_api::ChannelTestState Test() override;
  const std::string& channel() const override { return channel_; }

 private:
  struct Message {
    incidents::Notification notification;
    std::string key;
  };
  struct UnderWay {
    store::Waiting waiting;
    incidents::IncidentState state;  // as it is told
  };
  // Incidents and versions that the store has written down as told. Its thread may call when this
  // has gone.
  struct NotedBox {
    Mutex mutex;
    std::vector<std::pair<uint64_t, uint32_t>> noted FAULTLINE_GUARDED_BY(mutex);
    Notifier* wakes FAULTLINE_GUARDED_BY(mutex) = nullptr;
  };

  void Run();
  // What others have left. False at the end.
  bool TakeArrivals();
  void TakeNoted();
  // The window anew, when something may come of it.
  void Refill();
  void BeginDue();
  void Begin(const store::Waiting& waiting);
  absl::StatusOr<Message> MessageOf(const store::Waiting& waiting);
  incidents::Incident InWordsOfNow(const store::Waiting& waiting, incidents::Incident frozen) const;
  // A channel that fails is tried with one message at a time.
  bool MayBegin(MonoTime now) const;
  Span UntilNext() const;

  void Settle(const Finished& finished);
  void Delivered(const UnderWay& sent);
  void Failed(const store::Waiting& waiting, const SendResult& result);
  void PassOver(const store::Waiting& waiting);
  store::OutboxMark MarkOf(const store::Waiting& waiting, store::OutboxMark::Kind kind) const;
  void Mark(store::OutboxMark mark);
  void BeginTest(uint32_t number);
  void EndTest(const SendResult& result);
  // For those who ask.
  void Publish();
  double Random() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  const std::unique_ptr<Notifier> notifier_;
  const std::string channel_;
  store::Store& store_;
  const Clock& clock_;

  // The thread's own.
  std::mt19937_64 random_;
  Queue queue_;
  ChannelHold hold_;
  ChannelHealth health_;
  UnsavedMessages unsaved_;
  OurOwnMessages our_own_;
  std::map<uint64_t, UnderWay> under_way_;  // by ticket
  uint64_t last_ticket_ = 0;
  uint64_t test_ticket_ = 0;  // 0 = none is under way
  bool has_news_ = true;      // the window may be wrong
  bool has_room_ = false;     // the window may be too small
  MonoTime last_fill_;
  MonoTime next_fill_;
  const std::shared_ptr<NotedBox> noted_ = std::make_shared<NotedBox>();

  mutable Mutex mutex_;
  bool stopping_ FAULTLINE_GUARDED_BY(mutex_) = false;
  bool woken_ FAULTLINE_GUARDED_BY(mutex_) = false;
  std::vector<incidents::Notification> arrived_ FAULTLINE_GUARDED_BY(mutex_);
  size_t unsaved_count_ FAULTLINE_GUARDED_BY(mutex_) = 0;
  WallTime oldest_unsaved_ FAULTLINE_GUARDED_BY(mutex_);
  DeliveryCounters counters_ FAULTLINE_GUARDED_BY(mutex_);
  bool test_wanted_ FAULTLINE_GUARDED_BY(mutex_) = false;
  operator_api::ChannelTestState test_ FAULTLINE_GUARDED_BY(mutex_);
  WallTime failing_since_ FAULTLINE_GUARDED_BY(mutex_);
  std::string error_ FAULTLINE_GUARDED_BY(mutex_);
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace faultline::notify
