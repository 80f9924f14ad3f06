// Evidence that comes after its transition.
#include <gtest/gtest.h>

#include "tests/agent/reporter_testing.h"

namespace faultline::agent {
namespace {

TEST_F(ReporterTest, EvidenceThatComesAfterItsTransitionIsSentWithinAMoment) {
  Start({Unit("mysql")});
  host::UnitListener& listener = *systemd_->listeners["mysql.service"];
  host::UnitProperties properties;
  properties.id = "mysql.service";
  properties.load_state = "loaded";
  properties.active_state = "inactive";
  properties.sub_state = "dead";
  properties.result = "success";
  listener.OnProperties(properties);
  ASSERT_TRUE(host::RunUntil(*loop_, [&] { return Transitions() == 2; }));

  properties.load_state = "masked";
  listener.OnProperties(properties);
  // Well before the ten seconds of the gauges.
  ASSERT_TRUE(host::RunUntil(
      *loop_, [&] { return !link_.gauges.empty(); }, Span::Seconds(4)));
  EXPECT_EQ(Transitions(), 2u) << "it is no second transition";
  ASSERT_EQ(link_.gauges[0].observations_size(), 1);
  const auto& evidence = link_.gauges[0].observations(0).evidence();
  ASSERT_FALSE(evidence.empty());
  EXPECT_EQ(evidence.rbegin()->text(), "its unit file is masked");
}

// Else a check that looks and has nothing to measure would look as if it had hung.
TEST_F(ReporterTest, WhatIsSeenAgainIsSentThoughNothingIsMeasured) {
  Start({Unit("mysql")});
  ASSERT_TRUE(host::RunUntil(*loop_, [&] { return Transitions() == 1; }));
  const link::JoinState failing{.joined = true, .reason = "RENEWAL_FAILING", .detail = "refused"};
  reporter_->ReportJoining(failing);
  reporter_->ReportJoining(failing);
  // What makes it send before the ten seconds are over.
  host::UnitProperties properties;
  properties.id = "mysql.service";
  properties.load_state = "loaded";
  properties.active_state = "inactive";
  properties.sub_state = "dead";
  properties.result = "success";
  systemd_->listeners["mysql.service"]->OnProperties(properties);
  ASSERT_TRUE(host::RunUntil(*loop_, [&] { return Transitions() == 3; }));
  properties.load_state = "masked";
  systemd_->listeners["mysql.service"]->OnProperties(properties);
  ASSERT_TRUE(host::RunUntil(
      *loop_, [&] { return !link_.gauges.empty(); }, Span::Seconds(4)));
  ASSERT_EQ(link_.gauges[0].observations_size(), 2);
  EXPECT_EQ(link_.gauges[0].observations(1).reason(), "RENEWAL_FAILING");
}

}  // namespace
}  // namespace faultline::agent
