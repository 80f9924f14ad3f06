#include "collector/rules/alert.h"

#include <gtest/gtest.h>

namespace faultline::rules {
namespace {

TEST(AlertTest, EveryDecisionHasItsWordsAndThoseOfAGoneHostSpeakOfIt) {
  for (int i = 0; i <= static_cast<int>(Decision::kHostRenamed); ++i) {
    const auto decision = static_cast<Decision>(i);
    EXPECT_FALSE(DecisionText(decision).empty()) << i;
    // "Host db-1 was forgotten": a message puts the name in.
    EXPECT_EQ(IsHostGone(decision), DecisionText(decision).rfind("the host ", 0) == 0) << i;
  }
}

}  // namespace
}  // namespace faultline::rules
