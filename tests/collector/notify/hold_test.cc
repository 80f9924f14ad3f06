#include "collector/notify/hold.h"

#include "collector/notify/answer.h"
#include "gmock/gmock.h"

namespace faultline::notify {
namespace {

MonoTime HoldSecond(int64_t seconds) { return {seconds * 1'000'000'000}; }

SendResult Answered(int status, Span retry_after = {}) {
  return JudgeAnswer("https://hooks.example:443", status, retry_after, "");
}
SendResult Unreachable() { return NoAnswer("x", "cannot connect", Scope::kChannel); }
SendResult Slow() { return NoAnswer("x", "no answer within 10s", Scope::kMessage); }

TEST(ChannelHoldTest, AReceiverThatAsksForTimeGetsItWhateverElseHappens) {
  ChannelHold hold;
  hold.Failed(Answered(429, Span::Seconds(120)), HoldSecond(0), 0.5);
  EXPECT_EQ(hold.until(), HoldSecond(120));
  hold.Delivered();  // was under way
  hold.HasNews(HoldSecond(10));
  EXPECT_EQ(hold.until(), HoldSecond(120));
  hold.Failed(Answered(503, Span::Seconds(200)), HoldSecond(1), 0.5);
  EXPECT_EQ(hold.until(), HoldSecond(201));
}

TEST(ChannelHoldTest, WithoutATimeItIsWaitedForWithBackoff) {
  for (const int status : {429, 503}) {
    ChannelHold hold;
    MonoTime now = HoldSecond(0);
    for (const int64_t seconds : {1, 2, 4, 8, 16, 32, 60, 60}) {
      hold.Failed(Answered(status), now, 0.999999);
      EXPECT_NEAR((hold.until() - now).seconds(), static_cast<double>(seconds), 0.01) << status;
      now = hold.until();
    }
  }
}

TEST(ChannelHoldTest, ADeadReceiverIsTriedOftenAndWhatFailsTogetherCountsOnce) {
  ChannelHold hold;
  MonoTime now = HoldSecond(0);
  for (const int64_t seconds : {1, 2, 4, 8, 15, 15, 15}) {
    for (int together = 0; together < 4; ++together) hold.Failed(Unreachable(), now, 0.999999);
    EXPECT_NEAR((hold.until() - now).seconds(), static_cast<double>(seconds), 0.01);
    EXPECT_TRUE(hold.is_probing());
    now = hold.until();
  }
  hold.Delivered();
  EXPECT_FALSE(hold.is_probing());
  EXPECT_LE(hold.until(), now);
  hold.Failed(Unreachable(), now, 0.999999);
  EXPECT_NEAR((hold.until() - now).seconds(), 1, 0.01) << "it begins anew";
}

TEST(ChannelHoldTest, AWrongUrlIsTriedSoonAtFirst) {
  for (const int status : {301, 401, 403, 404, 410}) {
    ChannelHold hold;
    MonoTime now = HoldSecond(0);
    for (const int64_t seconds : {30, 60, 120, 240, 300, 300}) {
      hold.Failed(Answered(status), now, 0.999999);
      EXPECT_NEAR((hold.until() - now).seconds(), static_cast<double>(seconds), 0.01) << status;
      now = hold.until();
    }
  }
}

TEST(ChannelHoldTest, NewsIsTriedSoonUnlessTheReceiverAskedForTime) {
  ChannelHold hold;
  hold.Failed(Answered(404), HoldSecond(0), 0.5);
  hold.HasNews(HoldSecond(1));
  EXPECT_EQ(hold.until(), HoldSecond(5));
  hold.HasNews(HoldSecond(20));
  EXPECT_EQ(hold.until(), HoldSecond(5));
}

TEST(ChannelHoldTest, OneMessageThatFailsHoldsUpNoOtherAndManyInARowDo) {
  ChannelHold hold;
  for (int i = 0; i < 7; ++i) hold.Failed(Slow(), HoldSecond(1), 0.5);
  EXPECT_LE(hold.until(), HoldSecond(1));
  EXPECT_FALSE(hold.is_probing());
  hold.Failed(Answered(500), HoldSecond(1), 0.5);
  EXPECT_GT(hold.until(), HoldSecond(1));
  EXPECT_TRUE(hold.is_probing());
  for (int i = 0; i < 20; ++i) hold.Failed(Answered(400), HoldSecond(1), 0.999999);
  EXPECT_LE(hold.until(), HoldSecond(16));
}

}  // namespace
}  // namespace faultline::notify
