// What came of sending, and what those who ask are told of it.
#include "absl/strings/str_cat.h"
#include "collector/notify/answer.h"
#include "collector/notify/delivery_thread.h"
#include "collector/notify/test_message.h"
#include "common/log.h"

namespace faultline::notify {
namespace {

void LogHealth(const std::optional<HealthLine>& line) {
  if (!line) return;
  line->is_warning ? LogWarning(line->text) : LogInfo(line->text);
}

}  // namespace

void DeliveryThread::Settle(const Finished& finished) {
  if (finished.ticket == test_ticket_) return EndTest(finished.result);
  const auto found = under_way_.find(finished.ticket);
  if (found == under_way_.end()) return;
  const UnderWay sent = std::move(found->second);
  under_way_.erase(found);
  if (finished.result.outcome == Outcome::kDelivered) {
    Delivered(sent);
  } else {
    Failed(sent.waiting, finished.result);
  }
  Publish();
}

void DeliveryThread::Delivered(const UnderWay& sent) {
  const store::Waiting& waiting = sent.waiting;
  const MonoTime now = clock_.Mono();
  store::OutboxMark mark = MarkOf(waiting, store::OutboxMark::Kind::kTold);
  mark.attempts = queue_.attempts(waiting.incident) + 1;
  hold_.Delivered();
  queue_.Told(waiting, now, sent.state);
  has_room_ = true;
  if (waiting.incident >= kFirstOfOurOwn) {
    queue_.Noted(waiting.incident, waiting.version);
    if (auto reminded = our_own_.Told(waiting.incident)) {
      reminded->at = mark.at;
      store_.Mark(*std::move(reminded), nullptr);
    }
  } else {
    mark.unsaved = unsaved_.Take(waiting.incident, waiting.version);
    Mark(std::move(mark));
  }
  {
    MutexLock lock(mutex_);
    ++counters_.delivered;
  }
  LogHealth(health_.Delivered(clock_.Now(), queue_.has_failed(now)));
}

void DeliveryThread::Failed(const store::Waiting& waiting, const SendResult& result) {
  const MonoTime now = clock_.Mono();
  const uint32_t attempts = queue_.attempts(waiting.incident) + 1;
  hold_.Failed(result, now, Random());
  // What is wrong with the channel is not the message's: it goes when the channel does.
  const bool is_of_channel = result.scope == Scope::kChannel;
  queue_.Failed(waiting, is_of_channel ? now : now + RetryDelay(result, attempts, Random()));
  if (attempts == 1 && waiting.incident < kFirstOfOurOwn) {
    store::OutboxMark mark = MarkOf(waiting, store::OutboxMark::Kind::kFailed);
    mark.why = result.error;
    store_.Mark(std::move(mark), nullptr);
  }
  {
    MutexLock lock(mutex_);
    ++counters_.failed_attempts;
    if (result.outcome == Outcome::kRejected) ++counters_.rejected;
  }
  LogHealth(health_.Failed(result, clock_.Now(), [this] { return state().waiting; }));
}

void DeliveryThread::PassOver(const store::Waiting& waiting) {
  store::OutboxMark mark = MarkOf(waiting, store::OutboxMark::Kind::kPassedOver);
  mark.why = "it was over, and its host has too many incidents";
  unsaved_.Take(waiting.incident, waiting.version);
  Mark(std::move(mark));
}

store::OutboxMark DeliveryThread::MarkOf(const store::Waiting& waiting,
                                         store::OutboxMark::Kind kind) const {
  store::OutboxMark mark;
  mark.kind = kind;
  mark.channel = channel_;
  mark.incident = waiting.incident;
  mark.version = waiting.version;
  mark.at = clock_.Now();
  return mark;
}

void DeliveryThread::Mark(store::OutboxMark mark) {
  const std::pair<uint64_t, uint32_t> told{mark.incident, mark.version};
  store_.Mark(std::move(mark), [box = noted_, told] {
    MutexLock lock(box->mutex);
    box->noted.push_back(told);
    if (box->wakes != nullptr) box->wakes->Wake();
  });
}

operator_api::ChannelTestState DeliveryThread::Test() {
  operator_api::ChannelTestState begun;
  {
    MutexLock lock(mutex_);
    if (test_.number == 0 || test_.finished) {
      test_ = {.number = test_.number + 1, .finished = false, .delivered = false, .answer = {}};
      test_wanted_ = true;
    }
    begun = test_;
  }
  notifier_->Wake();
  return begun;
}

void DeliveryThread::BeginTest(uint32_t number) {
  test_ticket_ = ++last_ticket_;
  const incidents::Notification test = TestMessage(channel_, number, clock_.Now());
  notifier_->Begin(test_ticket_, test, KeyOf(test));
}

void DeliveryThread::EndTest(const SendResult& result) {
  test_ticket_ = 0;
  MutexLock lock(mutex_);
  test_.finished = true;
  test_.delivered = result.outcome == Outcome::kDelivered;
  test_.answer = test_.delivered ? absl::StrCat("answered ", result.kind) : result.error;
}

void DeliveryThread::Publish() {
  MutexLock lock(mutex_);
  unsaved_count_ = unsaved_.size();
  oldest_unsaved_ = unsaved_.oldest();
  failing_since_ = health_.failing_since();
  error_ = health_.error();
}

DeliveryCounters DeliveryThread::counters() const {
  MutexLock lock(mutex_);
  return counters_;
}

operator_api::ChannelState DeliveryThread::state() const {
  operator_api::ChannelState state;
  state.name = channel_;
  if (const auto tally = store_.Tally(channel_); tally.ok()) {
    state.waiting = tally->waiting;
    state.oldest = tally->oldest;
  }
  MutexLock lock(mutex_);
  state.failing_since = failing_since_;
  state.error = error_;
  state.test = test_;
  state.waiting += unsaved_count_;
  if (oldest_unsaved_.ns != 0 && (state.oldest.ns == 0 || oldest_unsaved_ < state.oldest)) {
    state.oldest = oldest_unsaved_;
  }
  return state;
}

}  // namespace faultline::notify
