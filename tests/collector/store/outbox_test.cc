#include "gmock/gmock.h"
#include "tests/collector/store/store_samples.h"

namespace faultline::store {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr WallTime kEver{INT64_MAX};

class OutboxTest : public StoreTest {
 protected:
  std::unique_ptr<Store> OpenWith(std::vector<incidents::Notification> outbox,
                                  std::vector<std::string> channels = {"pager"}) {
    auto store = MustOpen(Options(std::move(channels)));
    Commit commit;
    commit.outbox = std::move(outbox);
    EXPECT_TRUE(CommitAndWait(*store, std::move(commit)));
    return store;
  }
  static std::vector<OutboxEntry> Due(Store& store, WallTime now = kEver,
                                      const std::string& channel = "pager") {
    auto due = store.DueOutbox(channel, now, 100);
    EXPECT_TRUE(due.ok()) << due.status();
    return due.ok() ? *due : std::vector<OutboxEntry>();
  }
};

TEST_F(OutboxTest, EveryChannelGetsAnEntryOfItsOwn) {
  auto store = OpenWith({SampleNotification(42, 1)}, {"pager", "chat"});
  const auto pager = Due(*store, kEver, "pager");
  ASSERT_THAT(pager, SizeIs(1));
  EXPECT_EQ(pager[0].channel, "pager");
  ASSERT_TRUE(store->MarkDelivered(pager[0].id, At(5)).ok());
  EXPECT_THAT(Due(*store, kEver, "pager"), IsEmpty());
  EXPECT_THAT(Due(*store, kEver, "chat"), SizeIs(1));
  EXPECT_THAT(Due(*store, kEver, "unknown"), IsEmpty());
}

TEST_F(OutboxTest, ANotificationStaysAsItWasDecided) {
  auto store = OpenWith({SampleNotification(42, 1)});
  Commit later;
  later.incidents = {SampleIncident()};
  later.incidents[0].title = "something else meanwhile";
  later.incidents[0].alerts.clear();
  ASSERT_TRUE(CommitAndWait(*store, later));
  const auto due = Due(*store);
  ASSERT_THAT(due, SizeIs(1));
  const incidents::Notification& notification = due[0].notification;
  EXPECT_EQ(notification.event, incidents::NotificationEvent::kOpened);
  EXPECT_EQ(notification.version, 1u);
  EXPECT_EQ(notification.decided_at, At(1001));
  EXPECT_EQ(notification.incident.title, "as of version 1");
  EXPECT_THAT(notification.incident.alerts, SizeIs(2));
  EXPECT_THAT(notification.incident.evidence, SizeIs(2));
}

TEST_F(OutboxTest, ALaterVersionWaitsForTheEarlierOne) {
  auto store =
      OpenWith({SampleNotification(42, 1), SampleNotification(42, 2), SampleNotification(43, 1)});
  auto due = Due(*store);
  ASSERT_THAT(due, SizeIs(2));
  EXPECT_EQ(due[0].notification.incident.id, 42u);
  EXPECT_EQ(due[0].notification.version, 1u);
  EXPECT_EQ(due[1].notification.incident.id, 43u);

  // Not even when the earlier one waits for its next attempt.
  ASSERT_TRUE(store->MarkFailed(due[0].id, "refused", At(2'000'000)).ok());
  ASSERT_TRUE(store->MarkDelivered(due[1].id, At(6)).ok());
  EXPECT_THAT(Due(*store, At(1'000'000)), IsEmpty());

  ASSERT_TRUE(store->MarkDelivered(due[0].id, At(7)).ok());
  due = Due(*store);
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].notification.version, 2u);
}

TEST_F(OutboxTest, AFailedEntryIsDueAgainAtItsTime) {
  auto store = OpenWith({SampleNotification(42, 1)});
  auto next = store->NextDue("pager");
  ASSERT_TRUE(next.ok() && next->has_value());
  EXPECT_LE((*next)->ns, 0) << "a new entry is due at once";
  const uint64_t id = Due(*store)[0].id;
  ASSERT_TRUE(store->MarkFailed(id, "connection refused", At(500)).ok());
  EXPECT_THAT(Due(*store, At(499)), IsEmpty());
  const auto due = Due(*store, At(500));
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].attempts, 1u);
  EXPECT_EQ(due[0].last_error, "connection refused");
  EXPECT_EQ(due[0].next_attempt, At(500));
  next = store->NextDue("pager");
  ASSERT_TRUE(next.ok() && next->has_value());
  EXPECT_EQ(**next, At(500));
  ASSERT_TRUE(store->MarkDelivered(id, At(501)).ok());
  next = store->NextDue("pager");
  ASSERT_TRUE(next.ok());
  EXPECT_FALSE(next->has_value());
}

TEST_F(OutboxTest, WhatIsWaitingSurvivesARestart) {
  OpenWith({SampleNotification(42, 1), SampleNotification(42, 2)});
  auto store = MustOpen(Options());
  const auto due = Due(*store);
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].notification.incident.dedup_key, SampleIncident().dedup_key);
  ASSERT_TRUE(store->MarkDelivered(due[0].id, At(5)).ok());
  store.reset();
  store = MustOpen(Options());
  ASSERT_THAT(Due(*store), SizeIs(1));
  EXPECT_EQ(Due(*store)[0].notification.version, 2u);
}

TEST_F(OutboxTest, TheSameVersionTwiceIsOneEntry) {
  auto store = OpenWith({SampleNotification(42, 1), SampleNotification(42, 1)});
  EXPECT_THAT(Due(*store), SizeIs(1));
}

TEST_F(OutboxTest, TheTimelineTellsOfDeliveryAndOfTheFirstFailure) {
  auto store = OpenWith({SampleNotification(42, 1)});
  const uint64_t id = Due(*store)[0].id;
  ASSERT_TRUE(store->MarkFailed(id, "http://127.0.0.1:9099 answered 500", At(100)).ok());
  ASSERT_TRUE(store->MarkFailed(id, "again", At(200)).ok());
  ASSERT_TRUE(store->MarkDelivered(id, SystemClock().Now() + Span::Seconds(60)).ok());
  ASSERT_TRUE(store->MarkDelivered(id, At(300)).ok()) << "marking twice is harmless";
  auto timeline = store->Timeline(42);
  ASSERT_TRUE(timeline.ok());
  ASSERT_THAT(*timeline, SizeIs(2));
  EXPECT_EQ((*timeline)[0].kind, incidents::TimelineKind::kNotifyFailed);
  EXPECT_THAT((*timeline)[0].text, HasSubstr("answered 500"));
  EXPECT_EQ((*timeline)[1].kind, incidents::TimelineKind::kNotified);
  EXPECT_EQ((*timeline)[1].text, "message 1 delivered to pager at attempt 3");
}

TEST_F(OutboxTest, AnEntryThatIsNotThereIsNotFoundAndHarmsNobody) {
  auto store = OpenWith({});
  EXPECT_TRUE(absl::IsNotFound(store->MarkDelivered(99, At(1))));
  EXPECT_TRUE(absl::IsNotFound(store->MarkFailed(99, "x", At(1))));
  EXPECT_EQ(store->failing_since().ns, 0);
}

TEST_F(OutboxTest, TheListenerHearsOnlyOfCommitsWithNotifications) {
  auto store = MustOpen(Options());
  std::atomic<int> heard = 0;
  store->set_outbox_listener([&] { ++heard; });
  Commit quiet;
  quiet.incidents = {SampleIncident()};
  ASSERT_TRUE(CommitAndWait(*store, quiet));
  EXPECT_EQ(heard, 0);
  Commit loud;
  loud.outbox = {SampleNotification(42, 1)};
  size_t due_when_heard = 0;
  store->set_outbox_listener([&] {
    ++heard;
    due_when_heard = Due(*store).size();
  });
  ASSERT_TRUE(CommitAndWait(*store, loud));
  EXPECT_EQ(heard, 1);
  EXPECT_EQ(due_when_heard, 1u) << "what the listener is told of can be read at once";
}

}  // namespace
}  // namespace faultline::store
