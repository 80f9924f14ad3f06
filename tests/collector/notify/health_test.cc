#include "collector/notify/health.h"

#include "gmock/gmock.h"

namespace faultline::notify {
namespace {

WallTime HealthSecond(int64_t seconds) { return {seconds * 1'000'000'000}; }

SendResult Failing(const std::string& kind, const std::string& error) {
  SendResult result;
  result.kind = kind;
  result.error = error;
  return result;
}

TEST(ChannelHealthTest, SaysWhenItBeginsWhenItChangesAndWhenItEnds) {
  ChannelHealth health("pager");
  const auto three = [] { return uint64_t{3}; };
  auto line =
      health.Failed(Failing("404", "http://x:80 answered 404: request 1"), HealthSecond(10), three);
  ASSERT_TRUE(line.has_value());
  EXPECT_TRUE(line->is_warning);
  EXPECT_EQ(line->text,
            "notify pager: cannot deliver: http://x:80 answered 404: request 1; 3 incidents wait");
  EXPECT_EQ(health.failing_since(), HealthSecond(10));
  EXPECT_EQ(
      health.Failed(Failing("404", "http://x:80 answered 404: request 2"), HealthSecond(11), three),
      std::nullopt);
  EXPECT_EQ(health.error(), "http://x:80 answered 404: request 2");
  line = health.Failed(Failing("cannot connect", "http://x:80: cannot connect"), HealthSecond(12),
                       [] { return uint64_t{1}; });
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->text,
            "notify pager: still cannot deliver, now: http://x:80: cannot connect; 1 incident "
            "waits");
  EXPECT_EQ(health.failing_since(), HealthSecond(10));
  EXPECT_EQ(health.Delivered(HealthSecond(13), true), std::nullopt)
      << "another message still fails";
  line = health.Delivered(HealthSecond(22), false);
  ASSERT_TRUE(line.has_value());
  EXPECT_FALSE(line->is_warning);
  EXPECT_EQ(line->text, "notify pager: delivers again after 12s and 3 failed attempts");
  EXPECT_EQ(health.failing_since(), WallTime{});
  EXPECT_EQ(health.error(), "");
  EXPECT_EQ(health.Delivered(HealthSecond(23), false), std::nullopt);
}

TEST(ChannelHealthTest, OneThatWorksSaysNothing) {
  ChannelHealth health("pager");
  EXPECT_EQ(health.Delivered(HealthSecond(1), false), std::nullopt);
}

}  // namespace
}  // namespace faultline::notify
