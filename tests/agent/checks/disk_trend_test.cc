#include "agent/checks/disk_trend.h"

#include <gtest/gtest.h>

namespace faultline::checks {
namespace {

constexpr double kGibibyte = 1 << 30;

MonoTime DiskAt(int64_t seconds) { return MonoTime{Span::Seconds(1'000'000 + seconds).ns}; }

// A look every 30 s, `gib(i)` GiB left at the i-th.
template <typename Gib>
DiskTrend TrendOf(int count, const Gib& gib) {
  DiskTrend trend;
  for (int i = 0; i < count; ++i)
    trend.Add(DiskAt(30 * i), static_cast<uint64_t>(gib(i) * kGibibyte));
  return trend;
}

TEST(DiskTrendTest, ASteadyFallSaysWhenItEnds) {
  // 1 GiB every 10 minutes, 18 GiB left at the end: 3 hours.
  const auto left = TrendOf(21, [](int i) { return 19.0 - i / 20.0; }).UntilFull();
  ASSERT_TRUE(left.has_value());
  EXPECT_NEAR(left->seconds() / 3600, 3.0, 0.05);
}

TEST(DiskTrendTest, OneLargeFileThatComesAndGoesDoesNotSwayIt) {
  const auto left =
      TrendOf(21, [](int i) { return 19.0 - i / 20.0 - (i == 10 ? 8.0 : 0.0); }).UntilFull();
  ASSERT_TRUE(left.has_value());
  EXPECT_NEAR(left->seconds() / 3600, 3.0, 0.3);
}

TEST(DiskTrendTest, NothingIsSaidOfWhatStandsStillGrowsOrJumpsOnce) {
  EXPECT_FALSE(TrendOf(21, [](int) { return 5.0; }).UntilFull());
  EXPECT_FALSE(TrendOf(21, [](int i) { return 5.0 + i / 20.0; }).UntilFull());
  EXPECT_FALSE(TrendOf(21, [](int i) { return i < 10 ? 9.0 : 5.0; }).UntilFull());
  EXPECT_FALSE(TrendOf(21, [](int i) { return i % 2 == 0 ? 5.0 : 6.0; }).UntilFull());
}

TEST(DiskTrendTest, NothingIsSaidAfterAFewLooksOrOfAFarEnd) {
  EXPECT_FALSE(TrendOf(7, [](int i) { return 5.0 - i; }).UntilFull());
  EXPECT_FALSE(TrendOf(21, [](int i) { return 5000.0 - i / 20.0; }).UntilFull());
}

TEST(DiskTrendTest, LooksInAHurryDoNotCount) {
  DiskTrend trend;
  for (int i = 0; i < 100; ++i)
    trend.Add(DiskAt(i), static_cast<uint64_t>((9.0 - i / 50.0) * kGibibyte));
  EXPECT_FALSE(trend.UntilFull()) << "only 100 s have passed";
}

}  // namespace
}  // namespace faultline::checks
