#include "cli/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/canned_collector.h"
#include "tests/cli/messages.h"

namespace faultline::cli {
namespace {

using testing::HasSubstr;

const char kCritical[] =
    R"({"id":"1","check":{"host":"db-1","id":"unit:mysql.service","state":"STATE_CRITICAL"}})";
const char kOk[] =
    R"({"id":"2","check":{"host":"db-1","id":"unit:mysql.service","state":"STATE_OK"}})";

class FeedTest : public testing::Test {
 protected:
  FeedTest() { collector_.ServeEmpty(); }

  // Polls until `done` holds for what has come in sum. False when it does not in time.
  template <typename Done>
  bool PollUntil(Feed& feed, Done done) {
    const SystemClock clock;
    const MonoTime end = clock.Mono() + Span::Seconds(20);
    while (!done()) {
      if (clock.Mono() > end) return false;
      auto news = feed.Poll(Span::Millis(100), -1);
      if (!news.ok()) {
        error_ = news.status();
        return false;
      }
      for (auto& change : news->changes) changes_.push_back(std::move(change));
      for (auto& line : news->json) json_.push_back(std::move(line));
      if (!news->notice.empty()) notices_.push_back(news->notice);
    }
    return true;
  }

  CannedCollector collector_;
  HttpOptions http_{.collector = collector_.url()};
  std::vector<v1::LiveEvent> changes_;
  std::vector<std::string> json_;
  std::vector<std::string> notices_;
  absl::Status error_;
};

TEST_F(FeedTest, ReadsThePictureOnceItHearsAndThenFollowsIt) {
  collector_.Serve("/api/v1/checks",
                   R"({"checks": [{"host": "db-1", "id": "unit:mysql.service",
                                   "state": "STATE_OK"}]})");
  Feed feed(http_, {}, true);
  ASSERT_TRUE(PollUntil(feed, [&] { return feed.connected(); })) << error_;
  EXPECT_EQ(feed.picture().ToStatus(kNow).checks_ok(), 1U);
  EXPECT_TRUE(changes_.empty());

  collector_.SendChange(1, kCritical);
  ASSERT_TRUE(PollUntil(feed, [&] { return !changes_.empty(); })) << error_;
  EXPECT_EQ(changes_[0].check().state(), v1::STATE_CRITICAL);
  EXPECT_EQ(feed.picture().ToStatus(kNow).checks_critical(), 1U);
}

TEST_F(FeedTest, EndsWhenTheCollectorKnowsNoSuchStack) {
  collector_.ServeRaw("/api/v1/hosts?env=nope", CannedCollector::Http(404, R"({"error": {"message":
      "env: there is no env nope"}})"));
  for (const bool with_picture : {true, false}) {
    Feed feed(http_, {.env = "nope"}, with_picture);
    EXPECT_FALSE(PollUntil(feed, [&] { return feed.connected() && !notices_.empty(); }));
    EXPECT_TRUE(absl::IsNotFound(error_)) << error_;
    EXPECT_THAT(std::string(error_.message()), HasSubstr("there is no env nope"));
  }
}

TEST_F(FeedTest, EndsWhenTheCollectorCannotBeReachedInTheFirstPlace) {
  std::string url;
  {
    const CannedCollector gone;
    url = gone.url();
  }
  Feed feed({.collector = url}, {}, true);
  EXPECT_FALSE(PollUntil(feed, [&] { return feed.connected(); }));
  EXPECT_TRUE(absl::IsUnavailable(error_));
  EXPECT_THAT(std::string(error_.message()), HasSubstr("connection refused"));
}

TEST_F(FeedTest, EndsWhenTheFeedIsNoEventStream) {
  collector_.Serve("/api/v1/events", "{}");
  Feed feed(http_, {}, true);
  EXPECT_FALSE(PollUntil(feed, [&] { return feed.connected(); }));
  EXPECT_TRUE(absl::IsFailedPrecondition(error_)) << error_;
}

TEST_F(FeedTest, ComesBackFromWhereItWas) {
  Feed feed(http_, {}, true);
  ASSERT_TRUE(PollUntil(feed, [&] { return feed.connected(); })) << error_;
  ASSERT_TRUE(collector_.WaitForStreams(1));
  collector_.SendChange(77, kCritical);
  ASSERT_TRUE(PollUntil(feed, [&] { return changes_.size() == 1; })) << error_;
  collector_.EndStreams();
  ASSERT_TRUE(PollUntil(feed, [&] { return collector_.stream_heads().size() == 2; })) << error_;
  ASSERT_TRUE(PollUntil(feed, [&] { return feed.connected(); })) << error_;
  collector_.SendChange(78, kOk);
  ASSERT_TRUE(PollUntil(feed, [&] { return changes_.size() == 2; })) << error_;

  EXPECT_THAT(collector_.stream_heads()[0], testing::Not(HasSubstr("Last-Event-ID")));
  EXPECT_THAT(collector_.stream_heads()[1], HasSubstr("Last-Event-ID: 77\r\n"));
  EXPECT_EQ(collector_.requests("/api/v1/status"), 1U);
  ASSERT_EQ(notices_.size(), 3U);
  EXPECT_THAT(notices_[1], HasSubstr("closed the connection; trying again"));
}

TEST_F(FeedTest, ReadsEverythingAgainAfterAResyncAndTellsTheDifference) {
  Feed feed(http_, {}, true);
  ASSERT_TRUE(PollUntil(feed, [&] { return feed.connected(); })) << error_;
  ASSERT_TRUE(collector_.WaitForStreams(1));
  // The first event after the picture was read: it is newer than this resync.
  collector_.SendChange(1, R"({"id":"1","resync":true})");
  collector_.SendChange(2, kOk);
  ASSERT_TRUE(PollUntil(feed, [&] { return changes_.size() == 1; })) << error_;
  EXPECT_EQ(collector_.requests("/api/v1/checks"), 1U);

  collector_.Serve("/api/v1/checks",
                   R"({"checks": [{"host": "db-1", "id": "unit:mysql.service",
                                   "state": "STATE_CRITICAL"}]})");
  collector_.SendChange(9, R"({"id":"9","resync":true})");
  ASSERT_TRUE(PollUntil(feed, [&] { return changes_.size() == 2; })) << error_;
  EXPECT_EQ(changes_[1].check().state(), v1::STATE_CRITICAL);
  // The collector may count a request a moment after it was answered.
  EXPECT_TRUE(collector_.WaitForRequests("/api/v1/checks", 2));
  EXPECT_EQ(collector_.requests("/api/v1/checks"), 2U);
}

TEST_F(FeedTest, ReadsThePictureWithTheNextConnectionWhenItCouldNot) {
  Feed feed(http_, {}, true);
  ASSERT_TRUE(PollUntil(feed, [&] { return feed.connected(); })) << error_;
  ASSERT_TRUE(collector_.WaitForStreams(1));
  collector_.SendChange(1, kOk);
  ASSERT_TRUE(PollUntil(feed, [&] { return changes_.size() == 1; })) << error_;
  collector_.ServeRaw("/api/v1/status", "");
  collector_.SendChange(9, R"({"id":"9","resync":true})");
  ASSERT_TRUE(PollUntil(feed, [&] { return notices_.size() >= 2; })) << error_;
  EXPECT_THAT(notices_[1], HasSubstr("trying again"));
  collector_.Serve("/api/v1/checks",
                   R"({"checks": [{"host": "db-1", "id": "unit:mysql.service",
                                   "state": "STATE_CRITICAL"}]})");
  collector_.Serve("/api/v1/status", "{}");
  ASSERT_TRUE(PollUntil(feed, [&] { return changes_.size() == 2; })) << error_;
  EXPECT_EQ(changes_[1].check().state(), v1::STATE_CRITICAL);
}

TEST_F(FeedTest, GivesEveryEventAsOneJsonLineWithoutAskingForMore) {
  collector_.Serve("/api/v1/hosts?stack=shop", R"({"hosts": [{"name": "a"}]})");
  Feed feed(http_, {.stack = "shop"}, false);
  ASSERT_TRUE(PollUntil(feed, [&] { return feed.connected(); })) << error_;
  ASSERT_TRUE(collector_.WaitForStreams(1));
  collector_.SendChange(1, R"({ "id": "1", "resync": true })");
  collector_.SendChange(2, R"({"id": "2", "host": {"stack": {"stack": "blog"}}})");
  collector_.SendChange(3, R"({"id": "3", "check_removed": "shop-prod/a/unit:x"})");
  ASSERT_TRUE(PollUntil(feed, [&] { return json_.size() == 2; })) << error_;
  EXPECT_EQ(json_[0], R"({"id":"1","resync":true})");
  EXPECT_EQ(json_[1], R"({"id":"3","check_removed":"shop-prod/a/unit:x"})");
  EXPECT_EQ(collector_.requests("/api/v1/status"), 0U);
}

TEST_F(FeedTest, TriesAgainAfterGarbageInTheStream) {
  Feed feed(http_, {}, true);
  ASSERT_TRUE(PollUntil(feed, [&] { return feed.connected(); })) << error_;
  ASSERT_TRUE(collector_.WaitForStreams(1));
  collector_.Send("data: {not json\n\n");
  ASSERT_TRUE(PollUntil(feed, [&] { return notices_.size() >= 3; })) << error_;
  EXPECT_THAT(notices_[1], HasSubstr("cannot be read"));
  EXPECT_TRUE(feed.connected());
}

TEST(ReconnectDelay, GrowsToItsBoundAndNeverToNothing) {
  EXPECT_EQ(ReconnectDelay(0, 0), Span::Millis(100));
  EXPECT_EQ(ReconnectDelay(0, 1), Span::Millis(250));
  EXPECT_EQ(ReconnectDelay(2, 1), Span::Millis(1000));
  EXPECT_EQ(ReconnectDelay(1'000'000, 1), Span::Seconds(5));
  EXPECT_EQ(ReconnectDelay(1'000'000, 0), Span::Millis(100));
}

TEST(Passes, KnowsTheStackOfEveryKindOfEvent) {
  const auto passes = [](const char* json, StackFilter filter) {
    return Passes(FromJson<v1::LiveEvent>(json), filter);
  };
  const StackFilter both{"shop", "prod"};
  EXPECT_TRUE(passes(R"({"alert": {"stack": {"stack": "shop", "env": "prod"}}})", both));
  EXPECT_FALSE(passes(R"({"alert": {"stack": {"stack": "shop", "env": "test"}}})", both));
  EXPECT_FALSE(passes(R"({"incident": {"stack": {"stack": "blog", "env": "prod"}}})", both));
  EXPECT_TRUE(passes(R"({"check_removed": "shop-prod/h/unit:x"})", both));
  EXPECT_FALSE(passes(R"({"check_removed": "shop-test/h/unit:x"})", both));
  EXPECT_TRUE(passes(R"({"check_removed": "shop-prod/h/unit:x"})", {.env = "prod"}));
  EXPECT_FALSE(passes(R"({"check_removed": "shop-prod/h/unit:x"})", {.env = "test"}));
  EXPECT_TRUE(passes(R"({"resync": true})", both));
  const char* of_other =
      R"({"check_removed": "a-b-c/h/x", "removed_of": {"stack": "a", "env": "b-c"}})";
  EXPECT_FALSE(passes(of_other, {"a-b", "c"}));
  EXPECT_TRUE(passes(of_other, {"a", "b-c"}));
}

}  // namespace
}  // namespace faultline::cli
