#include "common/clock.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(ClockTest, FormatsTimesInUtcWithMilliseconds) {
  const WallTime time{1'795'317'247'412'999'999};
  EXPECT_EQ(FormatRfc3339(time), "2026-11-22T03:14:07.412Z");
  EXPECT_EQ(FormatForPeople(time), "2026-11-22 03:14:07.412 UTC");
  EXPECT_EQ(FormatRfc3339({-1}), "1969-12-31T23:59:59.999Z");
}

TEST(ClockTest, FormatsSpansForPeople) {
  EXPECT_EQ(FormatSpan(Span::Millis(412)), "412ms");
  EXPECT_EQ(FormatSpan(Span::Millis(2200)), "2.2s");
  EXPECT_EQ(FormatSpan(Span::Seconds(42)), "42s");
  EXPECT_EQ(FormatSpan(Span::Seconds(90)), "1m30s");
  EXPECT_EQ(FormatSpan(Span::Seconds(3600)), "1h");
  EXPECT_EQ(FormatSpan(Span::Seconds(86400 * 3)), "3d");
}

TEST(ClockTest, ParsesDurationsWithOneUnit) {
  Span span;
  ASSERT_TRUE(ParseSpan("500ms", &span));
  EXPECT_EQ(span.ns, 500'000'000);
  ASSERT_TRUE(ParseSpan("2h", &span));
  EXPECT_EQ(span.ns, 7'200'000'000'000);
  for (const char* text :
       {"", "5", "s", "5 s", "-5s", "5x", "1h30m", "99999999999999999999s", "9999999999999d"}) {
    EXPECT_FALSE(ParseSpan(text, &span)) << text;
  }
}

TEST(ClockTest, TheMachinesClocksMoveForward) {
  const SystemClock clock;
  const MonoTime before = clock.Mono();
  EXPECT_GE(clock.Mono(), before);
  EXPECT_GT(clock.Now(), WallTime{1'700'000'000'000'000'000});
}

}  // namespace
}  // namespace faultline
