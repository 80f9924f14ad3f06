#include "collector/security/joining_tally.h"
#include "tests/collector/security/joining_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::security {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const MonoTime kMono{1'000'000'000'000};

TEST(JoiningTallyTest, EveryOutcomeBeginsAtNought) {
  JoiningTally tally;
  const Outcomes outcomes = tally.outcomes();
  EXPECT_EQ(outcomes.at({"proof", "no_such_token"}), 0u);
  EXPECT_EQ(outcomes.at({"enrol", "issued"}), 0u);
  EXPECT_EQ(outcomes.at({"renew", "failed"}), 0u);
  tally.Count("enrol", "issued");
  EXPECT_EQ(tally.outcomes().at({"enrol", "issued"}), 1u);
  EXPECT_EQ(tally.outcomes().size(), outcomes.size());
}

TEST(JoiningTallyTest, AHostThatAsksAgainIsShownWithItsOldCertificateForAWhile) {
  JoiningTally tally;
  tally.AskedAgain(kDb1, kNow, kMono + kHour);
  EXPECT_THAT(tally.Ends(kMono), IsEmpty());
  tally.SetEnd(kDb1, kNow + kHour);
  EXPECT_EQ(tally.Ends(kMono).at(kDb1), kNow + kHour);
  tally.AskedAgain(kDb1, kNow, kMono + kHour);
  EXPECT_EQ(tally.Ends(kMono).at(kDb1), kNow);
  EXPECT_EQ(tally.Ends(kMono + kHour).at(kDb1), kNow + kHour);
  // Whether it could still renew is not told by that.
  EXPECT_THAT(tally.EndedBefore(kNow + kHour), IsEmpty());
  EXPECT_THAT(tally.EndedBefore(kNow + kHour + Span{1}), ElementsAre(kDb1));
  tally.Forget(kDb1);
  EXPECT_THAT(tally.Ends(kMono), IsEmpty());
}

TEST(JoiningTallyTest, TokensThatLetHostsInAreCountedByTheTime) {
  JoiningTally tally;
  StoredToken token{.id = "aaaaaaaaaa", .uses = 2, .expires_at = kNow};
  tally.SetToken(token);
  EXPECT_EQ(tally.ActiveTokens(kNow - Span{1}), 1u);
  EXPECT_EQ(tally.ActiveTokens(kNow), 0u);
  token.used = 2;
  tally.SetToken(token);
  EXPECT_EQ(tally.ActiveTokens(kNow - Span{1}), 0u);
  tally.SetTokens({});
  EXPECT_EQ(tally.ActiveTokens(kNow - Span{1}), 0u);
}

}  // namespace
}  // namespace faultline::security
