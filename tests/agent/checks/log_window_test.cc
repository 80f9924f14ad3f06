#include "agent/checks/log_window.h"

#include <gtest/gtest.h>

#include <string>

#include "agent/checks/moment_words.h"

namespace faultline::checks {
namespace {

WallTime LineAt(int64_t seconds) { return WallTime{(1'700'000'000 + seconds) * 1'000'000'000}; }
WallTime AtMillis(int64_t millis) { return LineAt(0) + Span::Millis(millis); }

TEST(LogAggregateTest, LinesOfOneFingerprintAreOneEvent) {
  LogAggregate aggregate;
  EXPECT_TRUE(aggregate.empty());
  EXPECT_TRUE(aggregate.Add(7, "first words", "level", LineAt(2)));
  EXPECT_TRUE(aggregate.Add(7, "other words", "crash", LineAt(5)));
  EXPECT_TRUE(aggregate.Add(7, "late words", "level", LineAt(1)));
  const auto events = aggregate.Take();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].fingerprint, 7u);
  EXPECT_EQ(events[0].sample, "first words");
  EXPECT_EQ(events[0].pattern, "level");
  EXPECT_EQ(events[0].count, 3u);
  EXPECT_EQ(events[0].first, LineAt(1));
  EXPECT_EQ(events[0].last, LineAt(5));
}

TEST(LogAggregateTest, WhatWasTakenIsNotCountedAgain) {
  LogAggregate aggregate;
  aggregate.Add(7, "a", "level", LineAt(1));
  aggregate.Take();
  EXPECT_TRUE(aggregate.empty());
  aggregate.Add(7, "a", "level", LineAt(2));
  EXPECT_EQ(aggregate.Take()[0].count, 1u);
}

TEST(LogAggregateTest, EventsComeInTheOrderOfTheirFirstLine) {
  LogAggregate aggregate;
  for (const uint64_t fingerprint : {9u, 1u, 5u, 9u}) {
    aggregate.Add(fingerprint, "x", "level", LineAt(1));
  }
  const auto events = aggregate.Take();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].fingerprint, 9u);
  EXPECT_EQ(events[1].fingerprint, 1u);
  EXPECT_EQ(events[2].fingerprint, 5u);
}

TEST(LogAggregateTest, AFullOneTakesKnownFingerprintsOnly) {
  LogAggregate aggregate;
  for (uint64_t i = 0; i < LogAggregate::kMaxFingerprints; ++i) {
    ASSERT_TRUE(aggregate.Add(i, "x", "level", LineAt(1)));
  }
  EXPECT_FALSE(aggregate.Add(1000, "x", "level", LineAt(1)));
  EXPECT_TRUE(aggregate.Add(3, "x", "level", LineAt(1)));
  EXPECT_EQ(aggregate.Take().size(), LogAggregate::kMaxFingerprints);
  EXPECT_TRUE(aggregate.Add(1000, "x", "level", LineAt(1)));
}

TEST(LogAggregateTest, ASampleIsCleanAndBounded) {
  LogAggregate aggregate;
  aggregate.Add(1, "a\x1b[31m" + std::string(5000, 'x'), "level", LineAt(1));
  const auto events = aggregate.Take();
  EXPECT_LE(events[0].sample.size(), LogAggregate::kMaxSample);
  EXPECT_EQ(events[0].sample.find('\x1b'), std::string::npos);
}

class LogJudgeTest : public testing::Test {
 protected:
  void Errors(int count, WallTime at) {
    for (int i = 0; i < count; ++i) judge_.OnError(at, at, "no space left");
  }
  std::string Reason(WallTime now) { return judge_.Judge("mysql.service", now).reason; }

  LogJudge judge_{Span::Seconds(60)};
};

TEST_F(LogJudgeTest, WithoutLinesItIsWellForEver) {
  const Observation seen = judge_.Judge("mysql.service", LineAt(0));
  EXPECT_EQ(seen.state, State::kOk);
  EXPECT_EQ(seen.detail, "mysql.service: no error lines in the last 1m");
  EXPECT_EQ(judge_.NextChange(LineAt(0)).ns, 0);
}

TEST_F(LogJudgeTest, ALineIsAWarningUntilItWasQuiet) {
  Errors(1, LineAt(0));
  const Observation seen = judge_.Judge("mysql.service", LineAt(59));
  EXPECT_EQ(seen.state, State::kWarning);
  EXPECT_EQ(seen.reason, "ERROR_SEEN");
  EXPECT_EQ(seen.detail, "mysql.service: 1 error line since " + MomentWords(LineAt(0), LineAt(59)));
  ASSERT_EQ(seen.evidence.size(), 1u);
  EXPECT_EQ(seen.evidence[0].text, "no space left");
  EXPECT_EQ(seen.evidence[0].at, LineAt(0));
  EXPECT_EQ(judge_.NextChange(LineAt(59)), LineAt(60));
  EXPECT_EQ(Reason(LineAt(60)), "");
  EXPECT_EQ(judge_.NextChange(LineAt(60)).ns, 0);
}

TEST_F(LogJudgeTest, TheFirstLineIsQuotedAndTheNewestEachWithItsOwnTime) {
  judge_.OnError(LineAt(0), LineAt(0), "[ERROR] unknown variable 'nonsense=1'");
  judge_.OnError(LineAt(1), LineAt(1), "[ERROR] Aborting");
  judge_.OnError(LineAt(2), LineAt(2), "Failed to start mariadb.service");
  const Observation seen = judge_.Judge("mysql.service", LineAt(30));
  EXPECT_EQ(seen.detail,
            "mysql.service: 3 error lines since " + MomentWords(LineAt(0), LineAt(30)));
  ASSERT_EQ(seen.evidence.size(), 2u);
  EXPECT_EQ(seen.evidence[0].text, "[ERROR] unknown variable 'nonsense=1'");
  EXPECT_EQ(seen.evidence[0].at, LineAt(0));
  EXPECT_EQ(seen.evidence[1].text, "Failed to start mariadb.service");
  EXPECT_EQ(seen.evidence[1].at, LineAt(2));
}

TEST_F(LogJudgeTest, AFailureAfterQuietBringsNothingOfTheOneBefore) {
  judge_.OnError(LineAt(0), LineAt(0), "of the first");
  judge_.OnError(LineAt(60), LineAt(60), "of the second");
  const Observation seen = judge_.Judge("mysql.service", LineAt(61));
  EXPECT_EQ(seen.detail,
            "mysql.service: 1 error line since " + MomentWords(LineAt(60), LineAt(61)));
  ASSERT_EQ(seen.evidence.size(), 1u);
  EXPECT_EQ(seen.evidence[0].text, "of the second");
}

TEST_F(LogJudgeTest, ANewRunsErrorIsTheFirstOfItsOwnFailure) {
  judge_.OnError(LineAt(0), LineAt(0), "of the run before");
  judge_.OnNewRun();
  EXPECT_EQ(judge_.Judge("mysql.service", LineAt(1)).evidence[0].text, "of the run before");
  judge_.OnError(LineAt(5), LineAt(5), "why this one failed");
  judge_.OnError(LineAt(6), LineAt(6), "and what followed");
  const Observation seen = judge_.Judge("mysql.service", LineAt(7));
  ASSERT_EQ(seen.evidence.size(), 2u);
  EXPECT_EQ(seen.evidence[0].text, "why this one failed");
  EXPECT_EQ(seen.evidence[1].text, "and what followed");
}

TEST_F(LogJudgeTest, TwentyInTenSecondsAreABurst) {
  for (int i = 0; i < 19; ++i) Errors(1, AtMillis(i * 500));
  EXPECT_EQ(Reason(LineAt(10)), "ERROR_SEEN");
  Errors(1, LineAt(10));
  EXPECT_EQ(Reason(LineAt(10)), "ERROR_BURST");
}

TEST_F(LogJudgeTest, TwentyInALongerTimeAreNone) {
  for (int i = 0; i < 40; ++i) Errors(1, AtMillis(i * 600));
  EXPECT_EQ(Reason(LineAt(24)), "ERROR_SEEN");
}

TEST_F(LogJudgeTest, ABurstEndsWhileSingleLinesGoOn) {
  Errors(20, LineAt(0));
  for (int i = 1; i <= 8; ++i) Errors(1, LineAt(i * 15));
  EXPECT_EQ(Reason(LineAt(59)), "ERROR_BURST");
  EXPECT_EQ(judge_.NextChange(LineAt(59)), LineAt(60));
  EXPECT_EQ(Reason(LineAt(60)), "ERROR_SEEN");
}

TEST_F(LogJudgeTest, LinesFromBeforeTheWindowCountForNothing) {
  judge_.OnError(LineAt(0), LineAt(60), "old");
  EXPECT_EQ(Reason(LineAt(60)), "");
}

TEST_F(LogJudgeTest, LinesThatComeOutOfOrderKeepTheLastOnesEnd) {
  judge_.OnError(LineAt(10), LineAt(12), "late");
  judge_.OnError(LineAt(5), LineAt(12), "early");
  EXPECT_EQ(Reason(LineAt(66)), "ERROR_SEEN");
  EXPECT_EQ(judge_.NextChange(LineAt(66)), LineAt(70));
  EXPECT_EQ(Reason(LineAt(70)), "");
}

TEST_F(LogJudgeTest, AClockThatWasSetBackEndsTheWarningAMinuteAfterTheLastLineAllTheSame) {
  Errors(20, LineAt(3600));
  Errors(1, LineAt(0));
  EXPECT_EQ(Reason(LineAt(59)), "ERROR_BURST");
  EXPECT_EQ(judge_.NextChange(LineAt(59)), LineAt(60));
  EXPECT_EQ(Reason(LineAt(60)), "");
}

TEST_F(LogJudgeTest, ALineWithATimeAheadCountsAsOfNow) {
  judge_.OnError(LineAt(3600), LineAt(0), "from the future");
  EXPECT_EQ(Reason(LineAt(60)), "");
}

TEST_F(LogJudgeTest, AGapIsAWarningUnlessThereIsWorse) {
  judge_.OnGap("rotated away", LineAt(0));
  const Observation seen = judge_.Judge("mysql.service", LineAt(1));
  EXPECT_EQ(seen.reason, "LOG_GAP");
  EXPECT_EQ(seen.detail, "mysql.service: lines may be missing; rotated away");
  Errors(1, LineAt(2));
  EXPECT_EQ(Reason(LineAt(3)), "ERROR_SEEN");
  EXPECT_EQ(judge_.NextChange(LineAt(3)), LineAt(60));
  EXPECT_EQ(Reason(LineAt(62)), "");
}

TEST_F(LogJudgeTest, AFloodIsCountedUpToABound) {
  Errors(5000, LineAt(0));
  const Observation seen = judge_.Judge("mysql.service", LineAt(1));
  EXPECT_EQ(seen.detail,
            "mysql.service: 5000 error lines since " + MomentWords(LineAt(0), LineAt(1)));
  EXPECT_EQ(seen.gauges[0].value, 1000);
}

}  // namespace
}  // namespace faultline::checks
