#include "collector/rules/blind.h"

#include <gtest/gtest.h>

namespace faultline::rules {
namespace {

using Kind = Verdict::Kind;

constexpr WallTime kNow{1'795'317'247'000'000'000};
constexpr Span kDelay = Span::Seconds(900);

model::CheckPicture Check(State state) {
  model::CheckPicture check;
  check.id = {"unit", "crom.service", ""};
  check.state = state;
  check.reason = state == State::kUnknown ? "NO_SUCH_UNIT" : "";
  return check;
}

Alert Current(AlertState state) {
  Alert alert;
  alert.rule = BlindRule().name;
  alert.state = state;
  alert.received = kNow;
  return alert;
}

TEST(BlindTest, UnknownThatLastsIsATicket) {
  const auto check = Check(State::kUnknown);
  const Verdict first = JudgeBlind(nullptr, check, true, kNow);
  EXPECT_EQ(first.kind, Kind::kPending);
  EXPECT_EQ(first.deadline, kNow + kDelay);
  const Alert pending = Current(AlertState::kPending);
  EXPECT_EQ(JudgeBlind(&pending, check, true, kNow + kDelay - Span{1}).deadline, kNow + kDelay);
  const Verdict late = JudgeBlind(&pending, check, true, kNow + kDelay);
  EXPECT_EQ(late.kind, Kind::kFiring);
  EXPECT_EQ(late.severity, Severity::kWarning);
  EXPECT_EQ(late.deadline, WallTime{});
}

TEST(BlindTest, WhoeverSeesAgainIsNotBlindWhateverItSees) {
  const Alert pending = Current(AlertState::kPending);
  const Alert firing = Current(AlertState::kFiring);
  for (const State state : {State::kOk, State::kWarning, State::kCritical}) {
    EXPECT_EQ(JudgeBlind(nullptr, Check(state), true, kNow).kind, Kind::kNone);
    EXPECT_EQ(JudgeBlind(&pending, Check(state), true, kNow).kind, Kind::kNone);
    EXPECT_EQ(JudgeBlind(&firing, Check(state), true, kNow).kind, Kind::kResolved);
  }
}

// A path that lets no ICMP through is nobody's fault and stays so: a ticket would never end.
TEST(BlindTest, APingThatNeverWorkedIsNoTicket) {
  model::CheckPicture ping = Check(State::kUnknown);
  ping.id = {"ping", "10.0.2.10", ""};
  ping.reason = "NEVER_ANSWERED";
  const Alert pending = Current(AlertState::kPending);
  EXPECT_EQ(JudgeBlind(nullptr, ping, true, kNow).kind, Kind::kNone);
  EXPECT_EQ(JudgeBlind(&pending, ping, true, kNow + kDelay).kind, Kind::kNone);
}

TEST(BlindTest, ASilentHostBeginsNoTicketAndEndsNone) {
  const auto check = Check(State::kUnknown);
  const Alert pending = Current(AlertState::kPending);
  const Alert firing = Current(AlertState::kFiring);
  EXPECT_EQ(JudgeBlind(nullptr, check, false, kNow).kind, Kind::kNone);
  EXPECT_EQ(JudgeBlind(&pending, check, false, kNow + kDelay).kind, Kind::kNone);
  EXPECT_EQ(JudgeBlind(&firing, check, false, kNow).kind, Kind::kFiring);
}

TEST(BlindTest, WhatHasNotLookedYetIsNotBlind) {
  const Alert firing = Current(AlertState::kFiring);
  EXPECT_EQ(JudgeBlind(nullptr, Check(State::kUnspecified), true, kNow).kind, Kind::kNone);
  EXPECT_EQ(JudgeBlind(&firing, Check(State::kUnspecified), true, kNow).kind, Kind::kFiring);
}

TEST(BlindTest, ItIsNotARuleOfAnyKindOfCheck) {
  for (const Rule& rule : DefaultRules()) EXPECT_NE(rule.name, BlindRule().name);
}

}  // namespace
}  // namespace faultline::rules
