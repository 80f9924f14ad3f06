#include "agent/checks/mysql_pacing.h"

#include <gtest/gtest.h>

namespace faultline::checks {
namespace {

constexpr Span kLoginInterval = Span::Seconds(300);

MonoTime LookAt(int64_t seconds) { return MonoTime{} + Span::Seconds(1'000'000 + seconds); }

class MySqlPacingTest : public testing::Test {
 protected:
  void Try(MonoTime now) { pacing_.OnTried(now); }
  // Tries as often as it may from 0 on, each failing with `pace`; how often within `span`.
  int Tries(MySqlPace pace, Span span) {
    int tries = 0;
    for (Span passed{}; passed <= span; passed.ns += Span::Seconds(1).ns) {
      const MonoTime now = LookAt(0) + passed;
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
  Try(LookAt(0));
  pacing_.OnSuccess();
  EXPECT_FALSE(pacing_.IsDue(LookAt(299)));
  EXPECT_TRUE(pacing_.IsDue(LookAt(300)));
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
  Try(LookAt(4001));
  pacing_.OnFailure(MySqlPace::kSoon);
  EXPECT_TRUE(pacing_.IsDue(LookAt(4006)));
}

TEST_F(MySqlPacingTest, NewsBringTheNextLoginForwardButNotAtOnceAfterAFailure) {
  Try(LookAt(0));
  pacing_.OnFailure(MySqlPace::kSeldom);
  pacing_.OnNews();
  EXPECT_FALSE(pacing_.IsDue(LookAt(4)));
  EXPECT_TRUE(pacing_.IsDue(LookAt(5)));
}

TEST_F(MySqlPacingTest, ALostLoginIsReplacedAtOnceUnlessItWasJustMade) {
  Try(LookAt(0));
  pacing_.OnSuccess();
  pacing_.OnNews();
  EXPECT_FALSE(pacing_.IsDue(LookAt(0) + Span::Millis(499)));
  EXPECT_TRUE(pacing_.IsDue(LookAt(0) + Span::Millis(500)));
}

TEST_F(MySqlPacingTest, NewsAreUsedUpByOneLogin) {
  pacing_.OnNews();
  Try(LookAt(0));
  pacing_.OnFailure(MySqlPace::kSeldom);
  EXPECT_FALSE(pacing_.IsDue(LookAt(299)));
}

constexpr auto kCollector = MySqlPacing::Asker::kCollector;
constexpr auto kPerson = MySqlPacing::Asker::kPerson;

TEST_F(MySqlPacingTest, APersonGetsALoginAtOnceWhateverFailedBefore) {
  Try(LookAt(0));
  for (int i = 0; i < 5; ++i) pacing_.OnFailure(MySqlPace::kSeldom);
  EXPECT_FALSE(pacing_.MayWhenAsked(kPerson, LookAt(4)));
  EXPECT_TRUE(pacing_.MayWhenAsked(kPerson, LookAt(5)));
  EXPECT_FALSE(pacing_.MayWhenAsked(kCollector, LookAt(5)));
  Try(LookAt(5));
  pacing_.OnSuccess();
  EXPECT_FALSE(pacing_.MayWhenAsked(kPerson, LookAt(14)));
  EXPECT_TRUE(pacing_.MayWhenAsked(kPerson, LookAt(15)));
}

TEST_F(MySqlPacingTest, WhoAsksGetsALoginAsOftenAsTheFailureAllows) {
  Try(LookAt(0));
  pacing_.OnSuccess();
  EXPECT_FALSE(pacing_.MayWhenAsked(kCollector, LookAt(9)));
  EXPECT_TRUE(pacing_.MayWhenAsked(kCollector, LookAt(10)));
  pacing_.OnFailure(MySqlPace::kSteady);
  EXPECT_FALSE(pacing_.MayWhenAsked(kCollector, LookAt(59)));
  EXPECT_TRUE(pacing_.MayWhenAsked(kCollector, LookAt(60)));
  for (int i = 0; i < 5; ++i) pacing_.OnFailure(MySqlPace::kSeldom);
  EXPECT_FALSE(pacing_.MayWhenAsked(kCollector, LookAt(1799)));
  EXPECT_TRUE(pacing_.MayWhenAsked(kCollector, LookAt(1800)));
}

}  // namespace
}  // namespace faultline::checks
