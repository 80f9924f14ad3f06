#include "agent/checks/memory_judge.h"
#include "tests/agent/checks/byte_units.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "agent/checks/moment_words.h"

namespace faultline::checks {
namespace {

constexpr WallTime kMemoryNow{Span::Seconds(1'800'000'000).ns};

MemoryFacts MemoryOf(uint64_t available_percent) {
  MemoryFacts facts;
  facts.meminfo = {{"MemTotal", 2000 * kMiB},
                   {"MemAvailable", 20 * kMiB * available_percent},
                   {"SwapTotal", 0},
                   {"SwapFree", 0}};
  facts.pressure = host::Pressure();
  facts.oom_kills = 0;
  return facts;
}

std::string SayMemory(const MemoryFacts& facts, const MemoryPast& past = {}) {
  const Observation out = JudgeMemory(facts, MemoryLimits(), past, kMemoryNow);
  return std::string(StateName(out.state)) + (out.reason.empty() ? "" : " " + out.reason);
}

TEST(MemoryJudgeTest, WhatIsAvailableDecides) {
  EXPECT_EQ(SayMemory(MemoryOf(50)), "OK");
  EXPECT_EQ(SayMemory(MemoryOf(10)), "OK");
  EXPECT_EQ(SayMemory(MemoryOf(9)), "WARNING MEMORY_PRESSURE");
  EXPECT_EQ(SayMemory(MemoryOf(3)), "WARNING MEMORY_PRESSURE");
  EXPECT_EQ(SayMemory(MemoryOf(2)), "CRITICAL MEMORY_PRESSURE");
}

TEST(MemoryJudgeTest, AStateIsHeldForOnePoint) {
  const MemoryPast warned{.state = State::kWarning, .reason = "MEMORY_PRESSURE"};
  EXPECT_EQ(SayMemory(MemoryOf(10), warned), "WARNING MEMORY_PRESSURE");
  EXPECT_EQ(SayMemory(MemoryOf(11), warned), "OK");
  EXPECT_EQ(SayMemory(MemoryOf(3), warned), "WARNING MEMORY_PRESSURE")
      << "held, and not made graver";
  const MemoryPast critical{.state = State::kCritical, .reason = "MEMORY_PRESSURE"};
  EXPECT_EQ(SayMemory(MemoryOf(3), critical), "CRITICAL MEMORY_PRESSURE");
}

TEST(MemoryJudgeTest, SaysWhatIsLeft) {
  MemoryFacts facts = MemoryOf(2);
  EXPECT_EQ(JudgeMemory(facts, MemoryLimits(), MemoryPast(), kMemoryNow).detail,
            "2 % of 2 GiB available (40 MiB)");
  facts.meminfo["SwapTotal"] = 512 * kMiB;
  facts.meminfo["SwapFree"] = 100 * kMiB;
  EXPECT_EQ(JudgeMemory(facts, MemoryLimits(), MemoryPast(), kMemoryNow).detail,
            "2 % of 2 GiB available (40 MiB), 100 MiB of 512 MiB swap free");
}

TEST(MemoryJudgeTest, WaitingForMemoryIsAWarningUntilItHasCalmedDown) {
  MemoryFacts facts = MemoryOf(50);
  facts.pressure->some10 = 24;
  EXPECT_EQ(SayMemory(facts), "OK");
  facts.pressure->some10 = 30;
  facts.pressure->some60 = 8;
  const Observation out = JudgeMemory(facts, MemoryLimits(), MemoryPast(), kMemoryNow);
  EXPECT_EQ(out.reason, "MEMORY_PRESSURE");
  EXPECT_NE(out.detail.find("tasks waited for memory 30 % of the last 10 s"), std::string::npos);
  const MemoryPast warned{.state = State::kWarning, .reason = "MEMORY_PRESSURE"};
  facts.pressure->some10 = 5;
  facts.pressure->some60 = 20;
  EXPECT_EQ(SayMemory(facts, warned), "WARNING MEMORY_PRESSURE");
  facts.pressure->some60 = 10;
  EXPECT_EQ(SayMemory(facts, warned), "OK");
}

TEST(MemoryJudgeTest, AKernelWithoutPressureInformationIsJudgedByTheRest) {
  MemoryFacts facts = MemoryOf(50);
  facts.pressure.reset();
  facts.oom_kills.reset();
  EXPECT_EQ(SayMemory(facts), "OK");
  EXPECT_EQ(JudgeMemory(facts, MemoryLimits(), MemoryPast(), kMemoryNow).gauges.size(), 4U);
}

MemoryPast Killed(Span ago) {
  MemoryPast past;
  past.kills = 2;
  past.killed_at = kMemoryNow - ago;
  return past;
}

TEST(MemoryJudgeTest, AKilledProcessIsAWarningForTheQuietPeriod) {
  EXPECT_EQ(SayMemory(MemoryOf(50), Killed(Span::Seconds(599))), "WARNING OOM_KILL");
  EXPECT_EQ(SayMemory(MemoryOf(50), Killed(Span::Seconds(600))), "OK");
  EXPECT_EQ(SayMemory(MemoryOf(2), Killed(Span::Seconds(5))), "CRITICAL MEMORY_PRESSURE")
      << "the next one is close";
}

TEST(MemoryJudgeTest, NamesWhoWasKilled) {
  MemoryPast past = Killed(Span::Seconds(90));
  Observation out = JudgeMemory(MemoryOf(50), MemoryLimits(), past, kMemoryNow);
  EXPECT_EQ(out.detail,
            absl::StrCat("the kernel killed 2 processes for lack of memory, noticed at ",
                         MomentWords(past.killed_at, kMemoryNow),
                         "; now 50 % of 2 GiB available (1000 MiB)"));
  EXPECT_EQ(out.since, past.killed_at);
  past.no_victims = "who was killed is not known: no right";
  out = JudgeMemory(MemoryOf(50), MemoryLimits(), past, kMemoryNow);
  ASSERT_EQ(out.evidence.size(), 1U);
  EXPECT_EQ(out.evidence[0].text, past.no_victims);
  OomKill kill;
  kill.pid = 812;
  kill.process = "mariadbd";
  kill.at = past.killed_at;
  past.victims = {kill};
  out = JudgeMemory(MemoryOf(50), MemoryLimits(), past, kMemoryNow);
  EXPECT_EQ(out.detail.find(absl::StrCat("the kernel killed mariadbd (pid 812) for lack of memory "
                                         "at ",
                                         MomentWords(kill.at, kMemoryNow), ";")),
            0U)
      << out.detail;
  ASSERT_EQ(out.evidence.size(), 1U);
  EXPECT_EQ(out.evidence[0].at, kill.at);
}

TEST(MemoryJudgeTest, WhatCannotBeReadIsUnknown) {
  EXPECT_EQ(SayMemory(MemoryFacts()), "UNKNOWN CANNOT_READ");
  MemoryFacts no_available = MemoryOf(50);
  no_available.meminfo.erase("MemAvailable");
  EXPECT_EQ(SayMemory(no_available), "UNKNOWN CANNOT_READ") << "missing is not zero";
}

}  // namespace
}  // namespace faultline::checks
