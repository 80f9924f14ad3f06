// A bus that worked and then hangs.
#include "agent/host/bus_pulse.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/agent/host/fake_systemd.h"
#include "tests/agent/host/private_bus.h"
#include "tests/agent/host/run_until.h"

namespace faultline::host {
namespace {

class BusPulseTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!PrivateBus::IsPossible()) GTEST_SKIP() << "this machine has no dbus-daemon";
    loop_ = Loop::Create().value();
    bus_ = std::make_unique<PrivateBus>();
    systemd_ = std::make_unique<FakeSystemd>(*loop_, bus_->address());
    connection_ = BusConnection::Open(*loop_, bus_->address(), [](const absl::Status&) {}).value();
    pulse_ = std::make_unique<BusPulse>(
        *loop_, *connection_,
        [this](const absl::Status& why) {
          ++silent_;
          why_ = why;
          pulse_.reset();
        },
        Span::Millis(50));
    pulse_->OnReady();
  }
  void TearDown() override {
    pulse_.reset();
    connection_.reset();
  }
  void RunFor(Span span) {
    const auto end = loop_->After(span, [this] { loop_->Stop(); });
    ASSERT_TRUE(loop_->Run().ok());
  }

  std::unique_ptr<Loop> loop_;
  std::unique_ptr<PrivateBus> bus_;
  std::unique_ptr<FakeSystemd> systemd_;
  std::unique_ptr<BusConnection> connection_;
  std::unique_ptr<BusPulse> pulse_;
  int silent_ = 0;
  absl::Status why_;
};

TEST_F(BusPulseTest, OneThatAnswersIsLeftAlone) {
  RunFor(Span::Millis(300));
  EXPECT_EQ(silent_, 0) << why_;
}

TEST_F(BusPulseTest, OneThatStopsAnsweringIsToldOnce) {
  RunFor(Span::Millis(100));
  systemd_->mute = true;
  ASSERT_TRUE(RunUntil(*loop_, [this] { return silent_ > 0; }));
  EXPECT_NE(why_.message().find("does not answer on its bus any more"), std::string::npos) << why_;
  RunFor(Span::Millis(100));
  EXPECT_EQ(silent_, 1);
}

}  // namespace
}  // namespace faultline::host
