// From the outbox of a real store to a real receiver.
#include <atomic>
#include <functional>

#include "collector/notify/notify.h"
#include "gmock/gmock.h"
#include "tests/collector/notify/notify_samples.h"
#include "tests/fakes/http_receiver.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::notify {
namespace {

using fakes::HttpReceiver;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// The machine's clock plus what the test says.
class ShiftedClock : public Clock {
 public:
  WallTime Now() const override { return clock_.Now() + Span{shift_.load()}; }
  MonoTime Mono() const override { return clock_.Mono(); }
  void Shift(Span by) { shift_ += by.ns; }

 private:
  SystemClock clock_;
  std::atomic<int64_t> shift_ = 0;
};

class DeliveryTest : public testing::Test {
 protected:
  void SetUp() override { Open(); }
  void TearDown() override { Close(); }

  void Open() {
    auto opened = store::OpenSqliteStore({directory_ / "faultline.db", {"pager"}}, clock_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    store_->set_outbox_listener([this] {
      if (Delivery* delivery = listening_.load()) delivery->Wake();
    });
  }
  void Close() {
    listening_ = nullptr;
    delivery_.reset();
    store_.reset();
  }
  void StartDelivery(Span timeout = Span::Seconds(20)) {
    auto notifier = MakeWebhookNotifier({"pager", receiver_.url(), timeout, ""}, clock_);
    ASSERT_TRUE(notifier.ok()) << notifier.status();
    delivery_ = Delivery::Start(*std::move(notifier), *store_, clock_);
    listening_ = delivery_.get();
    delivery_->Wake();  // what was committed in between told nobody
  }
  void Enqueue(std::vector<incidents::Notification> notifications) {
    store::Commit commit;
    commit.outbox = std::move(notifications);
    store_->Submit(std::move(commit), nullptr);
  }
  std::vector<std::string> KeysReceived() const {
    std::vector<std::string> keys;
    for (const auto& request : receiver_.requests()) {
      keys.push_back(request.headers.at("idempotency-key"));
    }
    return keys;
  }
  static bool WaitUntil(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  bool WaitUntilNothingWaits() {
    return WaitUntil([this] {
      const auto next = store_->NextDue("pager");
      return next.ok() && !next->has_value();
    });
  }
  // Until the first attempt has been noted, and to when.
  WallTime WaitForFailedAttempt() {
    WallTime next;
    EXPECT_TRUE(WaitUntil([&] {
      const auto due = store_->DueOutbox("pager", WallTime{INT64_MAX}, 1);
      if (!due.ok() || due->empty() || due->front().attempts == 0) return false;
      next = due->front().next_attempt;
      return true;
    }));
    return next;
  }

  fakes::TempDirectory directory_;
  ShiftedClock clock_;
  HttpReceiver receiver_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Delivery> delivery_;
  std::atomic<Delivery*> listening_ = nullptr;
};

TEST_F(DeliveryTest, ACommittedNotificationIsSentOnce) {
  StartDelivery();
  Enqueue({SampleNotification(42, 1)});
  ASSERT_TRUE(receiver_.WaitForRequests(1));
  ASSERT_TRUE(WaitUntilNothingWaits());
  delivery_->Wake();
  Enqueue({SampleNotification(43, 1)});
  ASSERT_TRUE(receiver_.WaitForRequests(2));
  ASSERT_TRUE(WaitUntilNothingWaits());
  EXPECT_THAT(KeysReceived(), ElementsAre("shop-prod/database/42/1", "shop-prod/database/43/1"));
  EXPECT_EQ(delivery_->channel(), "pager");
  EXPECT_EQ(delivery_->counters().delivered, 2u);
  EXPECT_EQ(delivery_->counters().failed_attempts, 0u);
  EXPECT_EQ(delivery_->last_error(), "");
}

TEST_F(DeliveryTest, VersionsOfAnIncidentArriveInOrderThroughFailures) {
  receiver_.Script({HttpReceiver::Answer(500), HttpReceiver::Answer(200)});
  Enqueue({SampleNotification(42, 1), SampleNotification(42, 2), SampleNotification(42, 3)});
  StartDelivery();
  ASSERT_TRUE(receiver_.WaitForRequests(4));
  ASSERT_TRUE(WaitUntilNothingWaits());
  EXPECT_THAT(KeysReceived(), ElementsAre("shop-prod/database/42/1", "shop-prod/database/42/1",
                                          "shop-prod/database/42/2", "shop-prod/database/42/3"));
  EXPECT_EQ(delivery_->counters().failed_attempts, 1u);
  EXPECT_EQ(delivery_->counters().delivered, 3u);
}

TEST_F(DeliveryTest, AnIncidentThatFailsDoesNotHoldUpOthers) {
  receiver_.Script({HttpReceiver::Answer(429, "", "Retry-After: 300\r\n")});
  Enqueue({SampleNotification(42, 1), SampleNotification(43, 1)});
  StartDelivery();
  ASSERT_TRUE(receiver_.WaitForRequests(2));
  EXPECT_THAT(KeysReceived(), ElementsAre("shop-prod/database/42/1", "shop-prod/database/43/1"));
}

TEST_F(DeliveryTest, RetryAfterIsWaitedFor) {
  receiver_.Script({HttpReceiver::Answer(429, "slow down", "Retry-After: 120\r\n")});
  Enqueue({SampleNotification(42, 1)});
  StartDelivery();
  const WallTime next = WaitForFailedAttempt();
  EXPECT_NEAR((next - clock_.Now()).seconds(), 120, 15);
  EXPECT_THAT(delivery_->last_error(), HasSubstr("answered 429: slow down"));
  ASSERT_TRUE(WaitUntil([&] { return delivery_->counters().waiting == 1; }));
  delivery_->Wake();  // too early: nothing happens
  clock_.Shift(Span::Seconds(130));
  delivery_->Wake();
  ASSERT_TRUE(receiver_.WaitForRequests(2));
  ASSERT_TRUE(WaitUntilNothingWaits());
  EXPECT_THAT(receiver_.requests(), SizeIs(2));
  ASSERT_TRUE(WaitUntil([&] { return delivery_->counters().waiting == 0; }));
  EXPECT_EQ(delivery_->last_error(), "");
}

TEST_F(DeliveryTest, ARejectedNotificationIsTriedAgainSlowlyAndCounted) {
  receiver_.Script({HttpReceiver::Answer(400, "unknown field")});
  Enqueue({SampleNotification(42, 1)});
  StartDelivery();
  const WallTime next = WaitForFailedAttempt();
  EXPECT_NEAR((next - clock_.Now()).seconds(), 300, 15);
  EXPECT_EQ(delivery_->counters().rejected, 1u);
  clock_.Shift(Span::Seconds(310));
  delivery_->Wake();
  ASSERT_TRUE(receiver_.WaitForRequests(2));
  ASSERT_TRUE(WaitUntilNothingWaits());
}

TEST_F(DeliveryTest, AClockThatWasSetBackDoesNotStopDelivery) {
  clock_.Shift(Span::Seconds(30 * 86400));
  receiver_.Script({HttpReceiver::Answer(400)});
  Enqueue({SampleNotification(42, 1)});
  StartDelivery();
  WaitForFailedAttempt();
  clock_.Shift(Span::Seconds(-30 * 86400));
  delivery_->Wake();
  ASSERT_TRUE(receiver_.WaitForRequests(2));
  ASSERT_TRUE(WaitUntilNothingWaits());
}

TEST_F(DeliveryTest, WhatWasNotAnsweredIsSentAgainUnderTheSameKeyAfterARestart) {
  receiver_.Hold();
  Enqueue({SampleNotification(42, 1)});
  StartDelivery(Span::Millis(300));
  ASSERT_TRUE(receiver_.WaitForRequests(1));
  Close();  // the send in flight ends at its timeout, unanswered
  Open();
  receiver_.Release();
  const size_t before = receiver_.requests().size();
  clock_.Shift(Span::Seconds(120));
  StartDelivery();
  ASSERT_TRUE(receiver_.WaitForRequests(before + 1));
  ASSERT_TRUE(WaitUntilNothingWaits());
  for (const std::string& key : KeysReceived()) EXPECT_EQ(key, "shop-prod/database/42/1");
}

TEST_F(DeliveryTest, EndingWaitsForTheSendInFlightAndRemembersIt) {
  receiver_.Hold();
  StartDelivery();
  Enqueue({SampleNotification(42, 1)});
  ASSERT_TRUE(receiver_.WaitForRequests(1));
  std::thread releaser([this] { receiver_.Release(); });
  listening_ = nullptr;
  delivery_.reset();
  releaser.join();
  const auto next = store_->NextDue("pager");
  ASSERT_TRUE(next.ok());
  EXPECT_FALSE(next->has_value()) << "it was answered with 200, hence marked";
}

TEST_F(DeliveryTest, WhatWasSentFromMemoryIsNotRepeatedFromTheStore) {
  StartDelivery();
  ASSERT_TRUE(delivery_->SendFromMemory(SampleNotification(42, 1)));
  ASSERT_TRUE(delivery_->SendFromMemory(SampleNotification(42, 2)));
  ASSERT_TRUE(receiver_.WaitForRequests(2));
  Enqueue({SampleNotification(42, 1), SampleNotification(42, 2), SampleNotification(42, 3)});
  ASSERT_TRUE(receiver_.WaitForRequests(3));
  ASSERT_TRUE(WaitUntilNothingWaits());
  ASSERT_TRUE(delivery_->SendFromMemory(SampleNotification(42, 3)));
  ASSERT_TRUE(delivery_->SendFromMemory(SampleNotification(43, 1)));
  ASSERT_TRUE(receiver_.WaitForRequests(4));
  EXPECT_THAT(KeysReceived(), ElementsAre("shop-prod/database/42/1", "shop-prod/database/42/2",
                                          "shop-prod/database/42/3", "shop-prod/database/43/1"));
}

TEST_F(DeliveryTest, FromMemoryTooVersionsArriveInOrderThroughFailures) {
  receiver_.Script({HttpReceiver::Answer(503)});
  StartDelivery();
  ASSERT_TRUE(delivery_->SendFromMemory(SampleNotification(42, 1)));
  ASSERT_TRUE(delivery_->SendFromMemory(SampleNotification(42, 2)));
  ASSERT_TRUE(receiver_.WaitForRequests(3));
  EXPECT_THAT(KeysReceived(), ElementsAre("shop-prod/database/42/1", "shop-prod/database/42/1",
                                          "shop-prod/database/42/2"));
}

TEST_F(DeliveryTest, FromMemoryNothingOvertakesAnEarlierVersionInTheStore) {
  receiver_.Script({HttpReceiver::Answer(429, "", "Retry-After: 120\r\n")});
  Enqueue({SampleNotification(42, 1)});
  StartDelivery();
  WaitForFailedAttempt();
  ASSERT_TRUE(delivery_->SendFromMemory(SampleNotification(42, 2)));
  ASSERT_TRUE(delivery_->SendFromMemory(SampleNotification(43, 1)));
  ASSERT_TRUE(receiver_.WaitForRequests(2));
  clock_.Shift(Span::Seconds(130));
  delivery_->Wake();
  ASSERT_TRUE(receiver_.WaitForRequests(4));
  EXPECT_THAT(KeysReceived(), ElementsAre("shop-prod/database/42/1", "shop-prod/database/43/1",
                                          "shop-prod/database/42/1", "shop-prod/database/42/2"));
}

TEST_F(DeliveryTest, MemoryIsBounded) {
  receiver_.Hold();
  StartDelivery();
  int taken = 0;
  for (uint64_t id = 1; id <= 1500; ++id) {
    if (delivery_->SendFromMemory(SampleNotification(id, 1))) ++taken;
  }
  EXPECT_GE(taken, 1000);
  EXPECT_LE(taken, 1100);
  receiver_.Release();
}

}  // namespace
}  // namespace faultline::notify
