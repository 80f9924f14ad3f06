#include "collector/model/clock_offset.h"

#include <gtest/gtest.h>

namespace faultline::model {
namespace {

constexpr WallTime kNow{1'000'000'000'000'000};

TEST(ClockOffsetTest, SaysNothingBeforeAnEcho) {
  ClockOffset clock;
  clock.Add(kNow + Span::Seconds(100), kNow, {0});
  EXPECT_FALSE(clock.known());
  EXPECT_EQ(clock.Correct(kNow), kNow);
}

TEST(ClockOffsetTest, CorrectsAHostWhoseClockIsAhead) {
  ClockOffset clock;
  const Span ahead = Span::Seconds(90);
  clock.Add(kNow + ahead - Span::Millis(5), kNow, Span::Millis(10));
  EXPECT_EQ(clock.offset(), ahead);
  EXPECT_EQ(clock.Correct(kNow + ahead), kNow);
  EXPECT_NEAR(clock.uncertainty().seconds(), 0.005, 0.0001);
}

TEST(ClockOffsetTest, TrustsTheShortestRoundTrip) {
  ClockOffset clock;
  const Span ahead = Span::Seconds(1);
  clock.Add(kNow + ahead - Span::Millis(1), kNow, Span::Millis(2));
  clock.Add(kNow + ahead - Span::Millis(180), kNow, Span::Millis(200));
  EXPECT_EQ(clock.offset(), ahead);
}

TEST(ClockOffsetTest, LeavesTwoGoodClocksAlone) {
  ClockOffset clock;
  clock.Add(kNow - Span::Millis(3), kNow, Span::Millis(2));
  EXPECT_EQ(clock.Correct(kNow), kNow);
}

TEST(ClockOffsetTest, ForgetsEverythingAfterAStep) {
  ClockOffset clock;
  for (int i = 0; i < 16; ++i) clock.Add(kNow - Span::Millis(1), kNow, Span::Millis(2));
  clock.Add(kNow + Span::Seconds(3600) - Span::Millis(10), kNow, Span::Millis(20));
  EXPECT_EQ(clock.offset(), Span::Seconds(3600));
}

}  // namespace
}  // namespace faultline::model
