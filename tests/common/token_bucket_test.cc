#include "common/token_bucket.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(TokenBucketTest, IsFullAtFirstAndFillsUpByItself) {
  MonoTime now{Span::Seconds(5000).ns};
  TokenBucket bucket(3, Span::Seconds(2));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.Take(now));
  EXPECT_FALSE(bucket.Take(now));
  now = now + Span::Seconds(3);
  EXPECT_TRUE(bucket.Take(now));
  EXPECT_FALSE(bucket.Take(now));
  now = now + Span::Seconds(1);
  EXPECT_TRUE(bucket.Take(now)) << "what was begun is not lost";
  EXPECT_EQ(bucket.Tokens(now + Span::Seconds(3600)), 3) << "it does not overflow";
}

}  // namespace
}  // namespace faultline
