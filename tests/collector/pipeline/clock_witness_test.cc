#include "collector/pipeline/clock_witness.h"

#include <gtest/gtest.h>

namespace faultline::pipeline {
namespace {

constexpr WallTime kWallThen{1'800'000'000'000'000'000};

class ClockWitnessTest : public testing::Test {
 protected:
  void Host(const std::string& name, const std::string& boot, Span offset) {
    auto host = std::make_shared<model::HostPicture>();
    host->identity.id = {{"shop", "prod"}, name};
    host->link = model::LinkState::kConnected;
    host->boot_id = boot;
    host->clock_offset = offset;
    host->clock_uncertainty = Span::Millis(1);
    hosts_[host->identity.id] = host;
  }
  // The looks of `minutes`, the last of which says whether the clock is confirmed.
  bool Looks(int minutes, Span step = {}) {
    bool confirmed = false;
    for (int n = 0; n < minutes; ++n) {
      passed_.ns += ClockWitness::kInterval.ns;
      confirmed = witness_.Look(hosts_, kWallThen + passed_ + step, MonoTime{1} + passed_);
    }
    return confirmed;
  }

  ClockWitness witness_{"own"};
  model::Hosts hosts_;
  Span passed_;
};

TEST_F(ClockWitnessTest, TwoMachinesThatAgreeForMinutesConfirmTheClock) {
  Host("a", "boot-a", Span::Seconds(1));
  Host("b", "boot-b", Span::Seconds(-2));
  EXPECT_FALSE(Looks(ClockWitness::kLooks - 1));
  EXPECT_TRUE(Looks(1));
}

TEST_F(ClockWitnessTest, OneMachineOrTheCollectorsOwnProveNothing) {
  Host("a", "boot-a", {});
  Host("a-container", "boot-a", {});
  Host("collector", "own", {});
  EXPECT_FALSE(Looks(20));
}

TEST_F(ClockWitnessTest, MachinesThatDisagreeOrAreSilentProveNothing) {
  Host("a", "boot-a", {});
  Host("b", "boot-b", Span::Seconds(40 * 86400));
  EXPECT_FALSE(Looks(20));
}

TEST_F(ClockWitnessTest, AClockThatWasSetIsBelievedOnlyAfterMinutes) {
  Host("a", "boot-a", {});
  Host("b", "boot-b", {});
  EXPECT_TRUE(Looks(10));
  // What is known of the offsets is still that of before.
  EXPECT_FALSE(Looks(ClockWitness::kLooks - 1, Span::Seconds(40 * 86400)));
}

}  // namespace
}  // namespace faultline::pipeline
