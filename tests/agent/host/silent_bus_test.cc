// What the agent does with a D-Bus daemon that hangs.
#include "tests/agent/host/silent_bus.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "agent/host/systemd_bus.h"
#include "tests/agent/host/run_until.h"

namespace faultline::host {
namespace {

class Listener : public UnitListener {
 public:
  void OnProperties(const UnitProperties&) override { ++readings; }
  void OnJob(uint32_t, const std::string&) override {}
  void OnJobRemoved(uint32_t, const std::string&) override {}
  void OnUnavailable(const absl::Status& status) override {
    ++unavailable;
    why = status;
  }
  int readings = 0;
  int unavailable = 0;
  absl::Status why;
};

class SilentBusTest : public testing::Test {
 protected:
  // The time until the listener hears that there is no systemd, and whether the loop stood still.
  void WatchAndWait() {
    const auto began = std::chrono::steady_clock::now();
    auto last = began;
    std::chrono::steady_clock::duration longest{};
    const auto others = loop_->Every(Span{}, Span::Millis(10), [&] {
      const auto now = std::chrono::steady_clock::now();
      longest = std::max(longest, now - last);
      last = now;
    });
    client_ = MakeSystemdBus(*loop_, bus_.address());
    watch_ = client_->Watch("mysql.service", listener_);
    ASSERT_TRUE(RunUntil(
        *loop_, [&] { return listener_.unavailable > 0; }, Span::Seconds(40)));
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
    EXPECT_LT(longest, std::chrono::seconds(1)) << "the loop stood still for others";
    EXPECT_FALSE(listener_.why.ok());
    EXPECT_FALSE(listener_.why.message().empty());
    EXPECT_EQ(listener_.readings, 0);
  }

  std::unique_ptr<Loop> loop_ = Loop::Create().value();
  SilentBus bus_{*loop_};
  Listener listener_;
  std::unique_ptr<SystemdBus> client_;
  std::unique_ptr<UnitWatch> watch_;
};

TEST_F(SilentBusTest, OneThatAcceptsAndNeverAnswersIsUnavailableWithinADeadline) {
  WatchAndWait();
  EXPECT_GE(bus_.accepted(), 1U);
}

TEST_F(SilentBusTest, OneThatNeverEvenAcceptsIsUnavailableWithinADeadline) {
  bus_.StopAccepting();
  WatchAndWait();
}

TEST_F(SilentBusTest, IsTriedAgain) {
  WatchAndWait();
  const size_t before = bus_.accepted();
  EXPECT_TRUE(RunUntil(
      *loop_, [&] { return bus_.accepted() > before; }, Span::Seconds(40)));
}

TEST_F(SilentBusTest, ALookAskedForMeanwhileIsAnswered) {
  WatchAndWait();
  bool done = false;
  watch_->Refresh([&] { done = true; });
  EXPECT_TRUE(RunUntil(
      *loop_, [&] { return done; }, Span::Seconds(40)));
}

}  // namespace
}  // namespace faultline::host
