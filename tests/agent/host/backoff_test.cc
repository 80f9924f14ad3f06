#include "agent/host/backoff.h"

#include <gtest/gtest.h>

#include <random>

namespace faultline::host {
namespace {

constexpr Span kMin = Span::Millis(200);
constexpr Span kMax = Span::Seconds(10);

TEST(FullJitterTest, StaysWithinItsBoundsAndUsesThemAll) {
  std::mt19937_64 random(42);
  for (int attempt = 0; attempt < 100; ++attempt) {
    const int64_t bound =
        attempt < 6 ? kMin.ns << attempt : kMax.ns;  // 200 ms, 400 ms, ... 6.4 s, 10 s
    Span longest;
    for (int i = 0; i < 200; ++i) {
      const Span wait = FullJitter(attempt, kMin, kMax, random());
      EXPECT_GE(wait, Span::Millis(10));
      EXPECT_LE(wait.ns, bound);
      longest = std::max(longest, wait);
    }
    EXPECT_GT(longest.ns, bound * 9 / 10);
  }
}

TEST(FullJitterTest, TakesAnyAttemptAndAnyBounds) {
  EXPECT_LE(FullJitter(1'000'000, kMin, kMax, UINT64_MAX), kMax);
  EXPECT_EQ(FullJitter(0, Span{}, Span{}, 12345), Span::Millis(10));
  EXPECT_EQ(FullJitter(-5, Span{}, Span{}, 12345), Span::Millis(10));
}

}  // namespace
}  // namespace faultline::host
