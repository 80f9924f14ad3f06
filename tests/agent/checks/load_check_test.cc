// The load check on this machine's /proc.
#include "tests/agent/checks/check_testing.h"

namespace faultline::checks {
namespace {

class LoadCheckTest : public CheckTest {};

TEST_F(LoadCheckTest, ThisMachinesLoadIsMeasured) {
  Start(Config("load", "system"));
  ASSERT_FALSE(sink_.seen.empty());
  EXPECT_NE(sink_.seen.back().state, State::kUnknown) << Last();
  EXPECT_NE(sink_.seen.back().state, State::kCritical) << Last();
  ASSERT_GE(sink_.seen.back().gauges.size(), 4U);
  EXPECT_EQ(sink_.seen.back().gauges[3].name, "cpus");
  EXPECT_GE(sink_.seen.back().gauges[3].value, 1);
}

TEST_F(LoadCheckTest, ALookThatIsAskedForIsDoneAtOnce) {
  Start(Config("load", "system"));
  const size_t before = sink_.seen.size();
  bool done = false;
  check_->LookNow([&] { done = true; });
  EXPECT_TRUE(done);
  EXPECT_EQ(sink_.seen.size(), before + 1);
}

TEST_F(LoadCheckTest, AnotherTargetIsRefused) {
  EXPECT_NE(ConfigError(Config("load", "cpu")).find("write system"), std::string::npos);
}

}  // namespace
}  // namespace faultline::checks
