#include "agent/checks/moment_words.h"

#include <gtest/gtest.h>

namespace faultline::checks {
namespace {

constexpr WallTime kAt{1'795'317'247'412'000'000};  // 2026-11-22 03:14:07.412 UTC

TEST(MomentWordsTest, TheDateIsSaidWhereItIsNotTheSameDay) {
  EXPECT_EQ(MomentWords(kAt, kAt), "03:14:07 UTC");
  EXPECT_EQ(MomentWords(kAt, kAt + Span::Seconds(20 * 3600)), "03:14:07 UTC");
  EXPECT_EQ(MomentWords(kAt, kAt + Span::Seconds(21 * 3600)), "2026-11-22 03:14:07 UTC");
  EXPECT_EQ(MomentWords(kAt, kAt - Span::Seconds(4 * 3600)), "2026-11-22 03:14:07 UTC");
}

}  // namespace
}  // namespace faultline::checks
