#include "agent/link/backoff.h"

#include "gtest/gtest.h"

namespace faultline::link {
namespace {

constexpr Attempt kFailed{};

TEST(Backoff, TheCeilingDoublesUpToTheMaximum) {
  Backoff backoff(Span::Millis(200), Span::Seconds(30));
  int64_t expected = 200;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(backoff.Next(kFailed, 1), Span::Millis(std::min<int64_t>(expected, 30'000)));
    expected = std::min<int64_t>(expected * 2, 60'000);
  }
}

TEST(Backoff, JitterReachesDownToNothing) {
  Backoff backoff(Span::Millis(200), Span::Seconds(30));
  EXPECT_EQ(backoff.Next(kFailed, 0), Span{0});
  EXPECT_EQ(backoff.Next(kFailed, 0.5), Span::Millis(200));
}

TEST(Backoff, OnlyAStreamThatLivedBringsItDown) {
  Backoff backoff(Span::Millis(200), Span::Seconds(30));
  for (int i = 0; i < 5; ++i) backoff.Next(kFailed, 1);
  const Attempt taken_and_dropped{.welcomed = true, .lived = Span::Seconds(1)};
  EXPECT_EQ(backoff.Next(taken_and_dropped, 1), Span::Millis(6400));
  const Attempt lived{.welcomed = true, .lived = Span::Seconds(31)};
  EXPECT_EQ(backoff.Next(lived, 1), Span::Millis(200));
}

TEST(Backoff, StartsAnewWhenSomethingElseIsTried) {
  Backoff backoff(Span::Millis(200), Span::Seconds(30));
  for (int i = 0; i < 9; ++i) backoff.Next(kFailed, 1);
  backoff.Reset();
  EXPECT_EQ(backoff.Next(kFailed, 1), Span::Millis(200));
}

TEST(Backoff, ARefusalIsNeverTriedAgainSoon) {
  Backoff backoff(Span::Millis(200), Span::Seconds(30));
  const Attempt refused{.refused = true};
  EXPECT_EQ(backoff.Next(refused, 0), Span::Seconds(15));
  EXPECT_EQ(backoff.Next(refused, 1), Span::Seconds(30));
}

}  // namespace
}  // namespace faultline::link
