#include "collector/rules/blind.h"

#include <gtest/gtest.h>

namespace faultline::rules {
namespace {

using Kind = Verdict::Kind;

constexpr WallTime kBlindNow{1'795'317'247'000'000'000};
constexpr Span kDelay = Span::Seconds(900);

model::CheckPicture UnitCheck(State state) {
  model::CheckPicture check;
  check.id = {"unit", "crom.service", ""};
  check.state = state;
  check.reason = state == State::kUnknown ? "UNIT_NOT_FOUND" : "";
  return check;
}

Alert BlindAlert(AlertState state) {
  Alert alert;
  alert.rule = BlindRule().name;
  alert.state = state;
  alert.received = kBlindNow;
  return alert;
}

TEST(BlindTest, UnknownThatLastsIsATicket) {
  const auto check = UnitCheck(State::kUnknown);
  const Verdict first = JudgeBlind(nullptr, check, true, kBlindNow);
  EXPECT_EQ(first.kind, Kind::kPending);
  EXPECT_EQ(first.deadline, kBlindNow + kDelay);
  const Alert pending = BlindAlert(AlertState::kPending);
  EXPECT_EQ(JudgeBlind(&pending, check, true, kBlindNow + kDelay - Span{1}).deadline,
            kBlindNow + kDelay);
  const Verdict late = JudgeBlind(&pending, check, true, kBlindNow + kDelay);
  EXPECT_EQ(late.kind, Kind::kFiring);
  EXPECT_EQ(late.severity, Severity::kWarning);
  EXPECT_EQ(late.deadline, WallTime{});
}

TEST(BlindTest, WhoeverSeesAgainIsNotBlindWhateverItSees) {
  const Alert pending = BlindAlert(AlertState::kPending);
  const Alert firing = BlindAlert(AlertState::kFiring);
  for (const State state : {State::kOk, State::kWarning, State::kCritical}) {
    EXPECT_EQ(JudgeBlind(nullptr, UnitCheck(state), true, kBlindNow).kind, Kind::kNone);
    EXPECT_EQ(JudgeBlind(&pending, UnitCheck(state), true, kBlindNow).kind, Kind::kNone);
    EXPECT_EQ(JudgeBlind(&firing, UnitCheck(state), true, kBlindNow).kind, Kind::kResolved);
  }
}

// A path that lets no ICMP through is nobody's fault and stays so: a ticket would never end.
TEST(BlindTest, APingThatNeverWorkedIsNoTicket) {
  model::CheckPicture ping = UnitCheck(State::kUnknown);
  ping.id = {"ping", "10.0.2.10", ""};
  ping.reason = "NEVER_ANSWERED";
  const Alert pending = BlindAlert(AlertState::kPending);
  EXPECT_EQ(JudgeBlind(nullptr, ping, true, kBlindNow).kind, Kind::kNone);
  EXPECT_EQ(JudgeBlind(&pending, ping, true, kBlindNow + kDelay).kind, Kind::kNone);
}

TEST(BlindTest, ASilentHostBeginsNoTicketAndEndsNone) {
  const auto check = UnitCheck(State::kUnknown);
  const Alert pending = BlindAlert(AlertState::kPending);
  const Alert firing = BlindAlert(AlertState::kFiring);
  EXPECT_EQ(JudgeBlind(nullptr, check, false, kBlindNow).kind, Kind::kNone);
  EXPECT_EQ(JudgeBlind(&pending, check, false, kBlindNow + kDelay).kind, Kind::kNone);
  EXPECT_EQ(JudgeBlind(&firing, check, false, kBlindNow).kind, Kind::kFiring);
}

TEST(BlindTest, WhatHasNotLookedYetIsNotBlind) {
  const Alert firing = BlindAlert(AlertState::kFiring);
  EXPECT_EQ(JudgeBlind(nullptr, UnitCheck(State::kUnspecified), true, kBlindNow).kind, Kind::kNone);
  EXPECT_EQ(JudgeBlind(&firing, UnitCheck(State::kUnspecified), true, kBlindNow).kind,
            Kind::kFiring);
}

TEST(BlindTest, ItIsNotARuleOfAnyKindOfCheck) {
  for (const Rule& rule : DefaultRules()) EXPECT_NE(rule.name, BlindRule().name);
}

}  // namespace
}  // namespace faultline::rules
