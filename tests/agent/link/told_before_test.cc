#include "agent/link/told_before.h"

#include <gtest/gtest.h>

namespace faultline::link {
namespace {

constexpr MonoTime kNow{Span::Seconds(1'000'000).ns};

TEST(ToldBeforeTest, SaysTheSameOnceAnHour) {
  ToldBefore told;
  EXPECT_TRUE(told.IsNews("revoked", kNow));
  for (int seconds = 20; seconds < 3600; seconds += 20) {
    EXPECT_FALSE(told.IsNews("revoked", kNow + Span::Seconds(seconds)));
  }
  EXPECT_TRUE(told.IsNews("revoked", kNow + Span::Seconds(3600)));
  EXPECT_FALSE(told.IsNews("revoked", kNow + Span::Seconds(3620)));
}

TEST(ToldBeforeTest, WhatChangesIsNewsAndTwoThatTakeTurnsAreNot) {
  ToldBefore told;
  EXPECT_TRUE(told.IsNews("a", kNow));
  EXPECT_TRUE(told.IsNews("b", kNow));
  EXPECT_FALSE(told.IsNews("a", kNow + Span::Seconds(20)));
  EXPECT_FALSE(told.IsNews("b", kNow + Span::Seconds(40)));
  told.Forget();
  EXPECT_TRUE(told.IsNews("a", kNow + Span::Seconds(60)));
}

TEST(ToldBeforeTest, ForgetsTheOldestOfMany) {
  ToldBefore told;
  for (int i = 0; i < 9; ++i) {
    EXPECT_TRUE(told.IsNews(std::to_string(i), kNow + Span::Seconds(i)));
  }
  EXPECT_FALSE(told.IsNews("8", kNow + Span::Seconds(9)));
  EXPECT_TRUE(told.IsNews("0", kNow + Span::Seconds(9)));
}

}  // namespace
}  // namespace faultline::link
