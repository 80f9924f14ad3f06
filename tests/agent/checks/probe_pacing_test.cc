#include "agent/checks/probe_pacing.h"

#include <gtest/gtest.h>

namespace faultline::checks {
namespace {

using Step = ProbePacing::Step;

MonoTime At(int64_t millis) { return MonoTime{} + Span::Millis(1'000 + millis); }

// One attempt that is answered `took` after its packet.
void Answered(ProbePacing* pacing, int64_t at, Span took) {
  pacing->OnSent(At(at));
  pacing->OnAnswer(At(at) + took);
}

TEST(ProbePacingTest, FiveMissesOverThreeHundredMillisecondsAreSilence) {
  ProbePacing pacing;
  for (int i = 0; i < 4; ++i) {
    pacing.OnSent(At(i * 75));
    EXPECT_EQ(pacing.OnSilence(At((i + 1) * 75)), Step::kSendAgain) << i;
  }
  pacing.OnSent(At(300));
  EXPECT_EQ(pacing.OnSilence(At(375)), Step::kMissing);
  EXPECT_EQ(pacing.misses(), 5);
  EXPECT_EQ(pacing.first_missed(), At(0));
}

TEST(ProbePacingTest, FiveMissesInAShorterTimeAreNotYetSilence) {
  ProbePacing pacing;
  for (int i = 0; i < 5; ++i) {
    pacing.OnSent(At(i * 50));
    EXPECT_EQ(pacing.OnSilence(At((i + 1) * 50)), Step::kSendAgain) << i;
  }
  pacing.OnSent(At(250));
  EXPECT_EQ(pacing.OnSilence(At(300)), Step::kMissing);
}

TEST(ProbePacingTest, ALongTimeAloneIsNoSilence) {
  ProbePacing pacing;
  pacing.OnSent(At(0));
  EXPECT_EQ(pacing.OnSilence(At(60'000)), Step::kSendAgain);
}

TEST(ProbePacingTest, ScatteredMissesNeverAddUp) {
  ProbePacing pacing;
  for (int i = 0; i < 50; ++i) {
    for (int miss = 0; miss < 4; ++miss) {
      pacing.OnSent(At(i * 1000 + miss * 100));
      ASSERT_EQ(pacing.OnSilence(At(i * 1000 + miss * 100 + 99)), Step::kSendAgain);
    }
    pacing.OnSent(At(i * 1000 + 400));
    pacing.OnAnswer(At(i * 1000 + 401));
    EXPECT_EQ(pacing.misses(), 0);
  }
}

TEST(ProbePacingTest, OnceSilenceIsKnownOnePacketAnIntervalIsEnough) {
  ProbePacing pacing;
  for (int i = 0; i < 5; ++i) {
    pacing.OnSent(At(i * 100));
    pacing.OnSilence(At(i * 100 + 99));
  }
  pacing.OnSent(At(1000));
  EXPECT_EQ(pacing.OnSilence(At(1075)), Step::kMissing);
  EXPECT_EQ(pacing.misses(), 6);
  EXPECT_EQ(pacing.first_missed(), At(0)) << "since the first packet that nothing answered";
}

TEST(ProbePacingTest, AnAnswerEndsTheSilence) {
  ProbePacing pacing;
  for (int i = 0; i < 5; ++i) {
    pacing.OnSent(At(i * 100));
    pacing.OnSilence(At(i * 100 + 99));
  }
  pacing.OnSent(At(1000));
  EXPECT_EQ(pacing.OnAnswer(At(1003)), Span::Millis(3));
  EXPECT_EQ(pacing.misses(), 0);
  pacing.OnSent(At(2000));
  EXPECT_EQ(pacing.OnSilence(At(2400)), Step::kSendAgain);
  EXPECT_EQ(pacing.first_missed(), At(2000));
}

TEST(ProbePacingTest, TheWaitFollowsTheRoundTripWithinBounds) {
  ProbePacing pacing;
  EXPECT_EQ(pacing.Wait(), Span::Millis(250)) << "nothing is known yet";
  Answered(&pacing, 0, Span{400'000});
  EXPECT_EQ(pacing.Wait(), Span::Millis(75)) << "a near host";
  ProbePacing far;
  Answered(&far, 0, Span::Millis(80));
  EXPECT_EQ(far.Wait(), Span::Millis(240)) << "three round trips";
  ProbePacing very_far;
  Answered(&very_far, 0, Span::Seconds(2));
  EXPECT_EQ(very_far.Wait(), Span::Seconds(1));
}

TEST(ProbePacingTest, TheRoundTripIsSmoothed) {
  ProbePacing pacing;
  Answered(&pacing, 0, Span::Millis(8));
  Answered(&pacing, 1000, Span::Millis(16));
  EXPECT_EQ(pacing.usual(), Span::Millis(9));
}

TEST(ProbePacingTest, AnAnswerAfterARepetitionSaysNothingOfTheRoundTrip) {
  ProbePacing pacing;
  Answered(&pacing, 0, Span::Millis(1));
  pacing.OnSent(At(1000));
  pacing.OnSilence(At(1075));
  pacing.OnSent(At(1075));
  EXPECT_EQ(pacing.OnAnswer(At(1076)), Span::Millis(76)) << "since the attempt's first packet";
  EXPECT_EQ(pacing.usual(), Span::Millis(1));
}

}  // namespace
}  // namespace faultline::checks
