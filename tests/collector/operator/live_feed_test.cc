#include "collector/operator/live_feed.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/fakes/shop_stack.h"

namespace faultline::operator_api {
namespace {

using namespace fakes;

std::shared_ptr<const pipeline::Picture> Share(pipeline::Picture picture) {
  return std::make_shared<const pipeline::Picture>(std::move(picture));
}

// One event.
void Publish(LiveFeed& feed) {
  pipeline::Changes changes;
  changes.checks = {{kDb, kMysqlUnit}};
  feed.OnPicture(Share(AllWell()), changes);
}

TEST(LiveFeedTest, ANewReaderIsToldToReadEverythingFirst) {
  LiveFeed feed(kStopped);
  Publish(feed);
  const auto reader = feed.Subscribe(std::nullopt);
  const auto first = reader->Take(10);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_TRUE(first[0]->resync());
  Publish(feed);
  const auto next = reader->Take(10);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0]->id(), first[0]->id() + 1);
}

TEST(LiveFeedTest, EveryKindOfChangeBecomesAnEventInOrder) {
  LiveFeed feed(kStopped);
  const auto reader = feed.Subscribe(std::nullopt);
  reader->Take(1);
  const pipeline::Picture picture = DatabaseStopped();
  pipeline::Changes changes;
  changes.hosts = {kDb};
  changes.checks = {{kDb, kMysqlUnit}};
  changes.removed_checks = {{kApp, CheckId{"port", "gone:1", ""}}};
  changes.alerts = *picture.alerts;
  changes.incidents = picture.open_incidents;
  feed.OnPicture(Share(picture), changes);
  const auto events = reader->Take(10);
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[0]->host().name(), "db-1");
  EXPECT_EQ(events[1]->check().reason(), "UNIT_INACTIVE");
  EXPECT_EQ(events[2]->check_removed(), "shop-prod/app-1/port:gone:1");
  EXPECT_EQ(events[2]->removed_of().stack(), "shop");
  EXPECT_EQ(events[2]->removed_of().env(), "prod");
  EXPECT_EQ(events[3]->alert().name(), "ServiceDown");
  EXPECT_EQ(events[4]->incident().id(), 42u);
  for (size_t i = 1; i < events.size(); ++i) EXPECT_EQ(events[i]->id(), events[i - 1]->id() + 1);
}

TEST(LiveFeedTest, AHostThatIsGoneMakesReadersReadEverythingAgain) {
  LiveFeed feed(kStopped);
  const auto reader = feed.Subscribe(std::nullopt);
  reader->Take(1);
  pipeline::Changes changes;
  changes.hosts = {HostId{kShop, "gone"}};
  feed.OnPicture(Share(AllWell()), changes);
  const auto events = reader->Take(10);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0]->resync());
}

TEST(LiveFeedTest, AReaderResumesAfterTheLastEventItHad) {
  LiveFeed feed(kStopped);
  auto reader = feed.Subscribe(std::nullopt);
  Publish(feed);
  const uint64_t last = reader->Take(10).back()->id();
  reader.reset();
  Publish(feed);
  Publish(feed);
  const auto events = feed.Subscribe(last)->Take(10);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_FALSE(events[0]->resync());
  EXPECT_EQ(events[0]->id(), last + 1);
  // Nothing missed: nothing to say.
  EXPECT_TRUE(feed.Subscribe(last + 2)->Take(10).empty());
}

TEST(LiveFeedTest, AnIdThatIsTooOldOrOfAnotherRunResyncs) {
  LiveFeed feed(kStopped, 4);
  for (int i = 0; i < 10; ++i) Publish(feed);
  const uint64_t newest = feed.Subscribe(std::nullopt)->Take(1)[0]->id();
  EXPECT_FALSE(feed.Subscribe(newest - 4)->Take(1)[0]->resync());
  EXPECT_TRUE(feed.Subscribe(newest - 5)->Take(1)[0]->resync());
  EXPECT_TRUE(feed.Subscribe(0)->Take(1)[0]->resync());
  EXPECT_TRUE(feed.Subscribe(newest + 1)->Take(1)[0]->resync());
  EXPECT_TRUE(feed.Subscribe(UINT64_MAX)->Take(1)[0]->resync());
  LiveFeed later(kStopped + Span::Seconds(5));
  EXPECT_TRUE(later.Subscribe(newest)->Take(1)[0]->resync());
}

TEST(LiveFeedTest, ASlowReaderIsOvertakenAndToldSo) {
  LiveFeed feed(kStopped, 8);
  const auto reader = feed.Subscribe(std::nullopt);
  reader->Take(1);
  for (int i = 0; i < 100; ++i) Publish(feed);
  const auto events = reader->Take(100);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0]->resync());
  EXPECT_EQ(feed.events(), 100u);
}

TEST(LiveFeedTest, LargeEventsAreKeptOnlySoFar) {
  LiveFeed feed(kStopped);
  const auto reader = feed.Subscribe(std::nullopt);
  reader->Take(1);
  pipeline::Picture picture = AllWell();
  auto large = std::make_shared<incidents::Incident>();
  large->alerts.assign(4000, *DatabaseStopped().alerts->front());
  pipeline::Changes changes;
  changes.incidents = {large};
  for (int i = 0; i < 8; ++i) feed.OnPicture(Share(picture), changes);
  const auto events = reader->Take(100);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0]->resync()) << "the first of them are gone";
}

TEST(LiveFeedTest, AReaderIsWokenOnceForEachTimeItFoundTheEnd) {
  LiveFeed feed(kStopped);
  const auto reader = feed.Subscribe(std::nullopt);
  int woken = 0;
  reader->set_wake([&] { ++woken; });
  Publish(feed);
  EXPECT_EQ(woken, 0);  // it has not looked yet
  EXPECT_EQ(reader->Take(2).size(), 2u);
  Publish(feed);
  EXPECT_EQ(woken, 0);  // it may have left something
  reader->Take(10);
  Publish(feed);
  Publish(feed);
  EXPECT_EQ(woken, 1);
}

TEST(LiveFeedTest, AReaderThatLeavesIsNotWokenAnyMore) {
  LiveFeed feed(kStopped);
  std::atomic<bool> gone = false;
  std::atomic<bool> stop = false;
  std::atomic<int> woken_late = 0;
  std::thread publisher([&] {
    while (!stop) Publish(feed);
  });
  for (int i = 0; i < 200; ++i) {
    gone = false;
    auto reader = feed.Subscribe(std::nullopt);
    reader->set_wake([&] { woken_late += gone ? 1 : 0; });
    while (reader->Take(16).size() == 16) {
    }
    reader.reset();
    gone = true;
  }
  stop = true;
  publisher.join();
  EXPECT_EQ(woken_late, 0);
  EXPECT_EQ(feed.subscribers(), 0u);
}

}  // namespace
}  // namespace faultline::operator_api
