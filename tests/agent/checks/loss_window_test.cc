#include "agent/checks/loss_window.h"

#include <gtest/gtest.h>

#include <random>

namespace faultline::checks {
namespace {

void Add(LossWindow* window, int missed, int answered) {
  for (int i = 0; i < missed; ++i) window->Add(false);
  for (int i = 0; i < answered; ++i) window->Add(true);
}

TEST(LossWindowTest, IsLossyFromItsPercentageOfTheWindowOn) {
  LossWindow window;
  Add(&window, 19, 20);
  EXPECT_FALSE(window.lossy()) << "a few packets say little";
  Add(&window, 1, 0);
  EXPECT_TRUE(window.lossy()) << "20 of 200 or fewer";
}

TEST(LossWindowTest, StaysLossyUntilHalfOfThatIsLeft) {
  LossWindow window;
  for (int i = 0; i < 20; ++i) Add(&window, 1, 9);
  ASSERT_TRUE(window.lossy());
  Add(&window, 0, 100);
  EXPECT_TRUE(window.lossy()) << window.missed();
  Add(&window, 0, 10);
  EXPECT_FALSE(window.lossy()) << window.missed();
}

TEST(LossWindowTest, ForgetsWhatIsOlderThanItsPackets) {
  LossWindow window;
  Add(&window, 200, 200);
  EXPECT_EQ(window.missed(), 0u);
  EXPECT_EQ(window.packets(), LossWindow::kPackets);
}

TEST(LossWindowTest, AMissThatWasAnsweredAfterAllIsTakenBack) {
  LossWindow window;
  window.TakeBack();
  Add(&window, 2, 2);
  EXPECT_DOUBLE_EQ(window.ratio(), 0.5);
  window.TakeBack();
  EXPECT_DOUBLE_EQ(window.ratio(), 0.25);
}

TEST(LossWindowTest, TwoPercentLossIsNeverCalledLossyInAMillionPackets) {
  std::mt19937 random(7);  // NOLINT: the same numbers each time
  std::bernoulli_distribution lost(0.02);
  LossWindow window;
  for (int i = 0; i < 1'000'000; ++i) {
    window.Add(!lost(random));
    ASSERT_FALSE(window.lossy()) << i;
  }
}

TEST(LossWindowTest, ALossyPathIsAWarningThatSaysHowMuch) {
  LossWindow window;
  for (int i = 0; i < 40; ++i) Add(&window, 1, 4);
  Observation seen;
  seen.state = State::kOk;
  seen.detail = "10.0.2.10 answers";
  DescribeLoss(window, "loss_ratio", &seen);
  EXPECT_EQ(seen.state, State::kWarning);
  EXPECT_EQ(seen.reason, "PACKET_LOSS");
  EXPECT_EQ(
      seen.detail,
      "10.0.2.10 answers, but not every packet: 40 of the last 200 packets unanswered (20 %)");
  ASSERT_EQ(seen.gauges.size(), 1u);
  EXPECT_DOUBLE_EQ(seen.gauges[0].value, 0.2);
}

TEST(LossWindowTest, AnOutageStaysAnOutage) {
  LossWindow window;
  Add(&window, 100, 0);
  Observation seen;
  seen.state = State::kCritical;
  seen.reason = "REFUSED";
  DescribeLoss(window, "loss_ratio", &seen);
  EXPECT_EQ(seen.reason, "REFUSED");
}

}  // namespace
}  // namespace faultline::checks
