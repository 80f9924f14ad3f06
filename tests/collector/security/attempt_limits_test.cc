#include "collector/security/attempt_limits.h"

#include <gtest/gtest.h>

namespace faultline::security {
namespace {

const MonoTime kStart{1'000'000'000'000};

TEST(AttemptLimitsTest, APeerThatFailsTooOftenWaitsAndOthersDoNot) {
  AttemptLimits limits;
  int failed = 0;
  while (limits.MayTry("a", kStart) && failed < 1000) {
    limits.Failed("a", kStart);
    ++failed;
  }
  EXPECT_EQ(failed, 20);
  EXPECT_TRUE(limits.MayTry("b", kStart));
  EXPECT_FALSE(limits.MayTry("a", kStart + Span::Seconds(2)));
  EXPECT_TRUE(limits.MayTry("a", kStart + Span::Seconds(3)));
}

TEST(AttemptLimitsTest, AllTogetherAreNotToldWhyAfterTooMany) {
  AttemptLimits limits;
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(limits.MayHearWhy(kStart)) << i;
    limits.Failed(std::to_string(i), kStart);
  }
  EXPECT_FALSE(limits.MayHearWhy(kStart));
  EXPECT_TRUE(limits.MayTry("new", kStart));
  EXPECT_TRUE(limits.MayHearWhy(kStart + Span::Millis(200)));
}

TEST(AttemptLimitsTest, AFloodOfPeersNeitherGrowsNorForgetsTheWorst) {
  AttemptLimits limits;
  for (int i = 0; i < 20; ++i) limits.Failed("worst", kStart);
  for (int i = 0; i < 3 * static_cast<int>(AttemptLimits::kMaxPeers); ++i) {
    limits.Failed("peer" + std::to_string(i), kStart);
    ASSERT_LE(limits.peers(), AttemptLimits::kMaxPeers);
  }
  EXPECT_FALSE(limits.MayTry("worst", kStart));
}

TEST(AttemptLimitsTest, APeerIsItsAddressWithoutThePort) {
  EXPECT_EQ(PeerGroup("ipv4:203.0.113.7:51234"), "203.0.113.7");
  EXPECT_EQ(PeerGroup("ipv6:[2001:db8:1:2:3:4:5:6]:51234"), "2001:db8:1:2::/64");
  EXPECT_EQ(PeerGroup("ipv6:%5B2001:db8:1:2:3:4:5:6%5D:51234"), "2001:db8:1:2::/64");
  EXPECT_EQ(PeerGroup("ipv6:[::ffff:203.0.113.7]:51234"), "203.0.113.7");
  EXPECT_EQ(PeerGroup("unix:/run/x"), "unix:/run/x");
  EXPECT_EQ(PeerGroup("ipv6:[broken"), "ipv6:[broken");
}

}  // namespace
}  // namespace faultline::security
