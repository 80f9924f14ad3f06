#include "agent/checks/mysql_pacing.h"

#include <gtest/gtest.h>

namespace faultline::checks {
namespace {

constexpr Span kLoginInterval = Span::Seconds(300);

MonoTime At(int64_t seconds) { return MonoTime{} + Span::Seconds(1'000'000 + seconds); }

class MySqlPacingTest : public testing::Test {
 protected:
  void Try(MonoTime now) { pacing_.OnTried(now); }
  // Tries as often as it may from 0 on, each failing with `pace`; how often within `span`.
  int Tries(MySqlPace pace, Span span) {
    int tries = 0;
    for (Span passed{}; passed <= span; passed.ns += Span::Seconds(1).ns) {
      const MonoTime now = At(0) + passed;
      if (!pacing_.IsDue(now)) continue;
      Try(now);
      pacing_.OnFailure(pace);
      ++tries;
    }
    return tries;
  }

  MySqlPacing pacing_{kLoginInterval};
};

TEST_F(MySqlPacingTest, TheFirstLoginIsDueAtOnce) { EXPECT_TRUE(pacing_.IsDue(MonoTime{1})); }

TEST_F(MySqlPacingTest, AfterAGoodLoginTheNextIsDueWhenTheIntervalIsOver) {
  Try(At(0));
  pacing_.OnSuccess();
  EXPECT_FALSE(pacing_.IsDue(At(299)));
  EXPECT_TRUE(pacing_.IsDue(At(300)));
}

TEST_F(MySqlPacingTest, WhatTheServerDoesNotSeeIsTriedAtEachLook) {
  EXPECT_EQ(Tries(MySqlPace::kEachLook, Span::Seconds(60)), 61);
}

TEST_F(MySqlPacingTest, WhatItSeesStaysBelowTwentyAnHour) {
  EXPECT_EQ(Tries(MySqlPace::kSoon, Span::Seconds(3599)), 17);
  pacing_ = MySqlPacing(kLoginInterval);
  EXPECT_EQ(Tries(MySqlPace::kSteady, Span::Seconds(3599)), 12);
}

TEST_F(MySqlPacingTest, ADeniedPasswordIsTriedAFewTimesIn10000Seconds) {
  EXPECT_EQ(Tries(MySqlPace::kSeldom, Span::Seconds(10'000)), 5);
}

TEST_F(MySqlPacingTest, AnotherKindOfFailureBeginsAnew) {
  Tries(MySqlPace::kSeldom, Span::Seconds(4000));
  Try(At(4001));
  pacing_.OnFailure(MySqlPace::kSoon);
  EXPECT_TRUE(pacing_.IsDue(At(4006)));
}

TEST_F(MySqlPacingTest, NewsBringTheNextLoginForwardButNotAtOnceAfterAFailure) {
  Try(At(0));
  pacing_.OnFailure(MySqlPace::kSeldom);
  pacing_.OnNews();
  EXPECT_FALSE(pacing_.IsDue(At(4)));
  EXPECT_TRUE(pacing_.IsDue(At(5)));
}

TEST_F(MySqlPacingTest, ALostLoginIsReplacedAtOnceUnlessItWasJustMade) {
  Try(At(0));
  pacing_.OnSuccess();
  pacing_.OnNews();
  EXPECT_FALSE(pacing_.IsDue(At(0) + Span::Millis(499)));
  EXPECT_TRUE(pacing_.IsDue(At(0) + Span::Millis(500)));
}

TEST_F(MySqlPacingTest, NewsAreUsedUpByOneLogin) {
  pacing_.OnNews();
  Try(At(0));
  pacing_.OnFailure(MySqlPace::kSeldom);
  EXPECT_FALSE(pacing_.IsDue(At(299)));
}

TEST_F(MySqlPacingTest, WhoAsksGetsALoginAsOftenAsTheFailureAllows) {
  Try(At(0));
  pacing_.OnSuccess();
  EXPECT_FALSE(pacing_.MayWhenAsked(At(9)));
  EXPECT_TRUE(pacing_.MayWhenAsked(At(10)));
  pacing_.OnFailure(MySqlPace::kSteady);
  EXPECT_FALSE(pacing_.MayWhenAsked(At(59)));
  EXPECT_TRUE(pacing_.MayWhenAsked(At(60)));
  for (int i = 0; i < 5; ++i) pacing_.OnFailure(MySqlPace::kSeldom);
  EXPECT_FALSE(pacing_.MayWhenAsked(At(1799)));
  EXPECT_TRUE(pacing_.MayWhenAsked(At(1800)));
}

}  // namespace
}  // namespace faultline::checks
