#include "agent/checks/probe_pacing.h"

#include <gtest/gtest.h>

namespace faultline::checks {
namespace {

using Step = ProbePacing::Step;

MonoTime ProbeAt(int64_t millis) { return MonoTime{} + Span::Millis(1'000 + millis); }

// One attempt that is answered `took` after its packet.
void AnswersAt(ProbePacing* pacing, int64_t at, Span took) {
  pacing->OnSent(ProbeAt(at));
  pacing->OnAnswer(ProbeAt(at) + took);
}

// Sends at `at` and lets the deadline pass on time; returns when, in milliseconds.
int64_t Miss(ProbePacing* pacing, int64_t at, Step* step) {
  pacing->OnSent(ProbeAt(at));
  const MonoTime end = pacing->deadline();
  *step = pacing->OnSilence(end);
  return (end - ProbeAt(0)).ns / 1'000'000;
}

ProbePacing NearHost() {
  ProbePacing pacing;
  for (int i = -50; i < 0; ++i) AnswersAt(&pacing, i * 10, Span{400'000});
  return pacing;
}

TEST(ProbePacingTest, ADropOnANearPathIsSilenceAfterThreeHundredMilliseconds) {
  ProbePacing pacing = NearHost();
  int64_t now = 0;
  Step step = Step::kSendAgain;
  for (int i = 0; i < 4; ++i) {
    now = Miss(&pacing, now, &step);
    EXPECT_EQ(step, Step::kSendAgain) << i;
  }
  now = Miss(&pacing, now, &step);
  EXPECT_EQ(step, Step::kMissing);
  EXPECT_EQ(now, 300);
  EXPECT_EQ(pacing.misses(), 5);
  EXPECT_EQ(pacing.first_missed(), ProbeAt(0));
}

TEST(ProbePacingTest, FiveMissesInAShorterTimeAreNotYetSilence) {
  ProbePacing pacing = NearHost();
  for (int i = 0; i < 5; ++i) {
    pacing.OnSent(ProbeAt(i * 50));
    EXPECT_EQ(pacing.OnSilence(ProbeAt((i + 1) * 50)), Step::kSendAgain) << i;
  }
  pacing.OnSent(ProbeAt(250));
  EXPECT_EQ(pacing.OnSilence(ProbeAt(300)), Step::kMissing);
}

TEST(ProbePacingTest, ScatteredMissesNeverAddUp) {
  ProbePacing pacing = NearHost();
  for (int i = 0; i < 50; ++i) {
    int64_t now = i * 1000;
    Step step = Step::kSendAgain;
    for (int miss = 0; miss < 4; ++miss) {
      now = Miss(&pacing, now, &step);
      ASSERT_EQ(step, Step::kSendAgain);
    }
    pacing.OnSent(ProbeAt(now));
    pacing.OnAnswer(ProbeAt(now + 1));
    EXPECT_EQ(pacing.misses(), 0);
  }
  EXPECT_TRUE(pacing.loss().lossy()) << "they are packet loss";
}

TEST(ProbePacingTest, OnceSilenceIsKnownOnePacketAnIntervalIsEnough) {
  ProbePacing pacing = NearHost();
  int64_t now = 0;
  Step step = Step::kSendAgain;
  for (int i = 0; i < 5; ++i) now = Miss(&pacing, now, &step);
  Miss(&pacing, 1000, &step);
  EXPECT_EQ(step, Step::kMissing);
  EXPECT_EQ(pacing.misses(), 6);
  EXPECT_EQ(pacing.first_missed(), ProbeAt(0)) << "since the first packet that nothing answered";
}

TEST(ProbePacingTest, AnAnswerEndsTheSilenceAndAnOutageIsNoPacketLoss) {
  ProbePacing pacing = NearHost();
  int64_t now = 0;
  Step step = Step::kSendAgain;
  for (int i = 0; i < 30; ++i) now = Miss(&pacing, now, &step);
  pacing.OnSent(ProbeAt(now));
  EXPECT_EQ(pacing.OnAnswer(ProbeAt(now + 3)), Span::Millis(3));
  EXPECT_EQ(pacing.misses(), 0);
  EXPECT_EQ(pacing.loss().missed(), 0u);
  Miss(&pacing, now + 500, &step);
  EXPECT_EQ(step, Step::kSendAgain);
  EXPECT_EQ(pacing.first_missed(), ProbeAt(now + 500));
}

TEST(ProbePacingTest, TheWaitIsTheRoundTripAndFourTimesItsVariationWithinBounds) {
  ProbePacing pacing;
  EXPECT_EQ(pacing.Wait(), Span::Millis(250)) << "nothing is known yet";
  AnswersAt(&pacing, 0, Span::Millis(80));
  EXPECT_EQ(pacing.Wait(), Span::Millis(240)) << "80 + 4 * 40";
  AnswersAt(&pacing, 500, Span::Millis(80));
  EXPECT_EQ(pacing.Wait(), Span::Millis(200)) << "80 + 4 * 30";
  EXPECT_EQ(NearHost().Wait(), Span::Millis(60)) << "a near host";
  ProbePacing very_far;
  Step step = Step::kSendAgain;
  for (int64_t now = 0; now < 750;) now = Miss(&very_far, now, &step);
  very_far.OnSent(ProbeAt(750));
  very_far.OnAnswer(ProbeAt(800), ProbeAt(0));
  EXPECT_EQ(very_far.Wait(), Span::Seconds(2));
}

TEST(ProbePacingTest, AnAnswerAfterARepetitionSaysNothingOfTheRoundTripButMakesPatient) {
  ProbePacing pacing = NearHost();
  Step step = Step::kSendAgain;
  Miss(&pacing, 0, &step);
  pacing.OnSent(ProbeAt(60));
  EXPECT_EQ(pacing.OnAnswer(ProbeAt(100)), Span::Millis(100)) << "since the attempt's first packet";
  EXPECT_LT(pacing.usual(), Span::Millis(1));
  EXPECT_EQ(pacing.Wait(), Span::Millis(150));
  AnswersAt(&pacing, 500, Span::Millis(100));
  EXPECT_GT(pacing.usual(), Span::Millis(10)) << "measured now";
}

TEST(ProbePacingTest, APathThatBecomesSlowIsNeverTakenForOneThatIsLost) {
  ProbePacing pacing = NearHost();
  int64_t now = 0;
  for (int attempt = 0; attempt < 20; ++attempt, now += 500) {
    const int64_t began = now;  // its answer comes 200 ms later, whatever is repeated meanwhile
    Step step = Step::kSendAgain;
    while (pacing.OnSent(ProbeAt(now)), pacing.deadline() < ProbeAt(began + 200)) {
      now = (pacing.deadline() - ProbeAt(0)).ns / 1'000'000;
      ASSERT_EQ(step = pacing.OnSilence(pacing.deadline()), Step::kSendAgain) << attempt;
    }
    pacing.OnAnswer(ProbeAt(began + 200));
  }
  EXPECT_GT(pacing.Wait(), Span::Millis(200)) << "it has learnt";
  EXPECT_FALSE(pacing.loss().lossy());
}

TEST(ProbePacingTest, ALateAnswerIsNoLoss) {
  ProbePacing pacing = NearHost();
  Step step = Step::kSendAgain;
  Miss(&pacing, 0, &step);
  pacing.OnSent(ProbeAt(60));
  pacing.OnAnswer(ProbeAt(61), ProbeAt(60));
  EXPECT_EQ(pacing.loss().missed(), 1u);
  pacing.OnLateAnswer(ProbeAt(70), ProbeAt(0));
  EXPECT_EQ(pacing.loss().missed(), 0u);
}

TEST(ProbePacingTest, WithNumberedPacketsALateAnswerIsMeasured) {
  ProbePacing pacing = NearHost();
  Step step = Step::kSendAgain;
  Miss(&pacing, 0, &step);
  pacing.OnSent(ProbeAt(60));
  EXPECT_TRUE(pacing.Covers(ProbeAt(0)));
  EXPECT_FALSE(pacing.Covers(ProbeAt(-1)));
  pacing.OnAnswer(ProbeAt(80), ProbeAt(0));
  EXPECT_EQ(pacing.loss().missed(), 0u);
  EXPECT_GT(pacing.usual(), Span::Millis(10)) << "80 ms weigh an eighth";
}

TEST(ProbePacingTest, WhatIsMissedWhileWeArePausedDoesNotCount) {
  ProbePacing pacing = NearHost();
  Step step = Step::kSendAgain;
  int64_t now = 0;
  for (int i = 0; i < 4; ++i) now = Miss(&pacing, now, &step);
  pacing.OnSent(ProbeAt(now));
  EXPECT_EQ(pacing.OnSilence(pacing.deadline() + Span::Millis(5'000)), Step::kSendAgain);
  EXPECT_EQ(pacing.misses(), 0) << "what was before the pause may have been its beginning";
  now += 5'060;
  for (int i = 0; i < 4; ++i) {
    now = Miss(&pacing, now, &step);
    ASSERT_EQ(step, Step::kSendAgain) << i;
  }
  Miss(&pacing, now, &step);
  EXPECT_EQ(step, Step::kMissing) << "a real outage is still found";
}

TEST(ProbePacingTest, AnAnswerThatWasReadAfterAPauseMeasuresNothing) {
  ProbePacing pacing = NearHost();
  const Span before = pacing.usual();
  pacing.OnSent(ProbeAt(0));
  EXPECT_EQ(pacing.OnAnswer(ProbeAt(10'000)), std::nullopt);
  EXPECT_EQ(pacing.usual(), before);
  EXPECT_EQ(pacing.Wait(), Span::Millis(60));
}

TEST(ProbePacingTest, AProcessThatIsAlwaysLateSaysThatItIsStarved) {
  ProbePacing pacing = NearHost();
  for (int i = 0; i < ProbePacing::kMaxPauses; ++i) {
    pacing.OnSent(ProbeAt(i * 1000));
    ASSERT_EQ(pacing.OnSilence(ProbeAt(i * 1000 + 900)), Step::kSendAgain) << i;
  }
  pacing.OnSent(ProbeAt(20'000));
  EXPECT_EQ(pacing.OnSilence(ProbeAt(20'900)), Step::kStarved);
  Step step = Step::kStarved;
  Miss(&pacing, 30'000, &step);
  EXPECT_EQ(step, Step::kSendAgain) << "it begins anew";
}

TEST(ProbePacingTest, APauseDoesNotTakeBackASilenceThatCounts) {
  ProbePacing pacing = NearHost();
  Step step = Step::kSendAgain;
  int64_t now = 0;
  for (int i = 0; i < 5; ++i) now = Miss(&pacing, now, &step);
  pacing.OnSent(ProbeAt(1'000));
  EXPECT_EQ(pacing.OnSilence(ProbeAt(9'000)), Step::kMissing);
  EXPECT_EQ(pacing.first_missed(), ProbeAt(0));
}

TEST(ProbePacingTest, TheMoreAPathLosesAnywayTheMoreMissesInARowCount) {
  struct Row {
    int lost_of_100;
    int needed;
  };
  for (const Row& row : {Row{0, 5}, {1, 5}, {2, 5}, {10, 8}, {20, 12}, {50, 12}}) {
    ProbePacing pacing;
    Step step = Step::kSendAgain;
    for (int i = 0; i < 200 - 2 * row.lost_of_100; ++i) {
      const int64_t at = i * 1'000;
      if (i < 2 * row.lost_of_100) Miss(&pacing, at - 500, &step);
      pacing.OnSent(ProbeAt(at));
      pacing.OnAnswer(ProbeAt(at + 1), ProbeAt(at));
    }
    EXPECT_EQ(pacing.needed(), row.needed) << row.lost_of_100 << " % lost";
  }
}

}  // namespace
}  // namespace faultline::checks
