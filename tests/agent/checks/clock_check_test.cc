// The clock check on this machine's clock, which it only reads.
#include "tests/agent/checks/check_testing.h"

namespace faultline::checks {
namespace {

class ClockCheckTest : public CheckTest {
 protected:
  // The kernel's word, whatever it is here; false where a sandbox forbids it.
  bool Looked(const config::CheckConfig& config) {
    Start(config);
    EXPECT_FALSE(sink_.seen.empty());
    return !sink_.seen.empty() && sink_.seen.back().reason != "RIGHT_MISSING";
  }
  bool IsSynchronised() const {
    return !sink_.seen.back().gauges.empty() && sink_.seen.back().gauges[0].value == 1;
  }
};

TEST_F(ClockCheckTest, ThisMachinesClockIsLookedAt) {
  if (!Looked(Config("clock", "system"))) {
    EXPECT_NE(sink_.seen.back().detail.find("@clock"), std::string::npos) << Last();
    GTEST_SKIP() << Last();
  }
  EXPECT_NE(sink_.seen.back().state, State::kCritical) << Last();
  ASSERT_EQ(sink_.seen.back().gauges.size(), 4U);
  EXPECT_EQ(sink_.seen.back().gauges[3].value, 0) << "nobody has set it";
}

TEST_F(ClockCheckTest, OneThatNobodyKeepsIsAWarningAtTheFirstLookOfAnAgentThatIsStartedLater) {
  config::CheckConfig config = Config("clock", "system");
  SetOption(&config, "unsynchronised", {"1s"});
  if (!Looked(config)) GTEST_SKIP() << Last();
  if (IsSynchronised()) GTEST_SKIP() << "a time service keeps this machine's clock";
  EXPECT_TRUE(sink_.Saw(State::kWarning, "CLOCK_UNSYNCHRONISED")) << Last();
}

TEST_F(ClockCheckTest, ALookThatIsAskedForIsDoneAtOnce) {
  Looked(Config("clock", "system"));
  const size_t before = sink_.seen.size();
  bool done = false;
  check_->LookNow([&] { done = true; });
  EXPECT_TRUE(done);
  EXPECT_EQ(sink_.seen.size(), before + 1);
}

TEST_F(ClockCheckTest, AnotherTargetIsRefused) {
  EXPECT_NE(ConfigError(Config("clock", "utc")).find("write system"), std::string::npos);
}

}  // namespace
}  // namespace faultline::checks
