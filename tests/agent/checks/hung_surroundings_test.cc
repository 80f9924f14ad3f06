// What hangs around the agent becomes UNKNOWN or a finding within a deadline, and nothing else
// waits for it: a D-Bus daemon, a DNS server. (A file system: disk_check_test.cc.)
#include <chrono>

#include "tests/agent/checks/check_testing.h"
#include "tests/agent/host/silent_bus.h"
#include "tests/agent/host/silent_dns.h"

namespace faultline::checks {
namespace {

class HungSurroundingsTest : public CheckTest {
 protected:
  // Another check, which has nothing to do with what hangs.
  void StartOther() {
    config::CheckConfig config = Config("load", "system");
    config.interval = Span::Seconds(1);
    other_ = FindCheckKind("load")->make(
        config, CheckContext{*loop_, workers_, *systemd_, clock_, other_sink_, directory_.path});
    other_->Start();
  }
  void ExpectOtherWentOn(std::chrono::steady_clock::time_point began) const {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began)
            .count();
    // One look a second, up to 250 ms late each.
    EXPECT_GE(static_cast<int64_t>(other_sink_.seen.size()), 1 + seconds / 2);
  }

  RecordingSink other_sink_;
  std::unique_ptr<Check> other_;
};

TEST_F(HungSurroundingsTest, AHungBusMakesUnitChecksUnknownWhileOthersGoOn) {
  const host::SilentBus bus(*loop_);
  const std::unique_ptr<host::SystemdBus> systemd = host::MakeSystemdBus(*loop_, bus.address());
  const auto began = std::chrono::steady_clock::now();
  StartOther();
  const CheckContext context{*loop_, workers_, *systemd, clock_, sink_, directory_.path};
  check_ = FindCheckKind("unit")->make(Config("unit", "mysql.service"), context);
  check_->Start();
  ASSERT_TRUE(UntilSaw(State::kUnknown, "SYSTEMD_UNAVAILABLE")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("is dbus hung?"), std::string::npos) << Last();
  ExpectOtherWentOn(began);
  // A look that is asked for is answered too.
  bool done = false;
  check_->LookNow([&] { done = true; });
  EXPECT_TRUE(Until([&] { return done; }));
  check_.reset();
}

TEST_F(HungSurroundingsTest, AHungDnsServerIsToldWithinItsDeadlineWhileOthersGoOn) {
  const host::SilentDns dns;
  if (!dns.why_not().empty()) GTEST_SKIP() << dns.why_not();
  const auto began = std::chrono::steady_clock::now();
  StartOther();
  Start(Config("port", "db.example:3306"));
  // Two tries of 3 s each, one second between them.
  ASSERT_TRUE(Until([&] { return sink_.Saw(State::kCritical, "DNS_FAILED"); }, Span::Seconds(40)))
      << Last();
  EXPECT_NE(sink_.seen.back().detail.find("no DNS server answers"), std::string::npos) << Last();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(30));
  ExpectOtherWentOn(began);
  check_.reset();
}

}  // namespace
}  // namespace faultline::checks
