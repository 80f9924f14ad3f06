#include "agent/checks/clock_judge.h"

#include <gtest/gtest.h>

namespace faultline::checks {
namespace {

constexpr WallTime kClockNow{Span::Seconds(1'800'000'000).ns};  // 2027-01-15 08:00 UTC

host::ClockFacts Kept() {
  host::ClockFacts facts;
  facts.synchronised = true;
  facts.offset = Span::Millis(2);
  facts.max_error = Span::Millis(40);
  return facts;
}

std::string SayClock(const host::ClockFacts& facts, const ClockPast& past = {}) {
  const Observation out = JudgeClock(facts, ClockLimits(), past, kClockNow);
  return std::string(StateName(out.state)) + (out.reason.empty() ? "" : " " + out.reason);
}

TEST(ClockJudgeTest, AClockThatIsKeptIsWell) {
  const Observation out = JudgeClock(Kept(), ClockLimits(), ClockPast(), kClockNow);
  EXPECT_EQ(out.state, State::kOk);
  EXPECT_EQ(out.detail, "synchronised, off by at most 40 ms");
  EXPECT_EQ(out.gauges.size(), 4U);
}

TEST(ClockJudgeTest, AnOffsetInEitherDirectionIsSkew) {
  host::ClockFacts facts = Kept();
  facts.offset = Span::Millis(499);
  EXPECT_EQ(SayClock(facts), "OK");
  facts.offset = Span::Millis(-500);
  EXPECT_EQ(SayClock(facts), "WARNING CLOCK_SKEW");
  facts.offset = Span::Seconds(2);
  EXPECT_EQ(JudgeClock(facts, ClockLimits(), ClockPast(), kClockNow).detail,
            "the clock is off by +2.0 s and being corrected; look at timedatectl and chronyc "
            "tracking");
}

TEST(ClockJudgeTest, AnErrorThatMayHaveGrownIsSkew) {
  host::ClockFacts facts = Kept();
  facts.max_error = Span::Seconds(4);
  EXPECT_EQ(SayClock(facts), "WARNING CLOCK_SKEW");
}

TEST(ClockJudgeTest, WhatNobodyKeptSinceTheBootIsSoSinceTheBoot) {
  host::ClockFacts facts;
  facts.max_error = host::ClockFacts::kMaxError;
  facts.up_for = Span::Seconds(300);
  EXPECT_EQ(UnsynchronisedFor(facts), Span::Seconds(300));
}

TEST(ClockJudgeTest, TheBoundThatGrowsTellsWhenItWasKeptLast) {
  host::ClockFacts facts;
  facts.max_error = Span::Millis(450);  // of 15 minutes
  facts.up_for = Span::Seconds(86'400);
  EXPECT_EQ(UnsynchronisedFor(facts), Span::Seconds(900));
  facts.up_for = Span::Seconds(60);
  EXPECT_EQ(UnsynchronisedFor(facts), Span::Seconds(60));
}

TEST(ClockJudgeTest, WithoutATimeServiceItIsAWarningAfterAWhile) {
  host::ClockFacts facts = Kept();
  facts.synchronised = false;
  facts.max_error = Span::Seconds(16);
  ClockPast past;
  past.unsynchronised_for = Span::Seconds(899);
  past.unsynchronised_since = kClockNow - Span::Seconds(899);
  EXPECT_EQ(SayClock(facts, past), "OK");
  EXPECT_EQ(JudgeClock(facts, ClockLimits(), past, kClockNow).detail,
            "not synchronised yet: a time service needs some minutes; a WARNING from 08:00:01 UTC");
  past.unsynchronised_for = Span::Seconds(900);
  EXPECT_EQ(SayClock(facts, past), "WARNING CLOCK_UNSYNCHRONISED");
  EXPECT_EQ(JudgeClock(facts, ClockLimits(), past, kClockNow + Span::Seconds(86400)).detail,
            "no time service has kept the clock since 2027-01-15 07:45:01 UTC; look at timedatectl "
            "and chronyc tracking");
}

TEST(ClockJudgeTest, AClockThatWasSetIsEvidenceAndNoAlarm) {
  ClockPast past;
  past.steps = {{Span::Seconds(-3600), kClockNow}};
  past.steps_in_all = 1;
  const Observation out = JudgeClock(Kept(), ClockLimits(), past, kClockNow);
  EXPECT_EQ(out.state, State::kOk);
  ASSERT_EQ(out.evidence.size(), 1U);
  EXPECT_EQ(out.evidence[0].text, "the clock was set by -3600 s");
  EXPECT_NE(out.detail.find("the clock was set by -3600 s at 08:00:00 UTC"), std::string::npos)
      << out.detail;
  EXPECT_EQ(DescribeStep({Span::Millis(250), WallTime()}), "the clock was set by +250 ms");
  EXPECT_EQ(DescribeStep({Span::Millis(1500), WallTime()}), "the clock was set by +1.5 s");
}

}  // namespace
}  // namespace faultline::checks
