#include "agent/checks/load_judge.h"

#include <gtest/gtest.h>

namespace faultline::checks {
namespace {

LoadFacts Quiet() {
  LoadFacts facts;
  facts.load = host::LoadAverages{.one = 0.5, .five = 0.4, .fifteen = 0.3};
  facts.before = host::CpuTimes{.total = 1000, .steal = 10, .cpus = 2};
  facts.now = host::CpuTimes{.total = 3000, .steal = 10, .cpus = 2};
  facts.cpu = host::Pressure();
  facts.io = host::Pressure();
  return facts;
}

std::string SayLoad(const LoadFacts& facts, const std::string& past_reason = "") {
  const Observation out = JudgeLoad(facts, LoadLimits(), past_reason);
  return std::string(StateName(out.state)) + (out.reason.empty() ? "" : " " + out.reason);
}

TEST(LoadJudgeTest, AQuietHostIsWell) {
  const Observation out = JudgeLoad(Quiet(), LoadLimits(), "");
  EXPECT_EQ(out.state, State::kOk);
  EXPECT_EQ(out.detail, "load 0.50, 0.40, 0.30 on 2 CPUs");
  EXPECT_EQ(out.gauges.size(), 7U);
}

TEST(LoadJudgeTest, TheLoadOfFiveMinutesForEachCpuDecides) {
  LoadFacts facts = Quiet();
  facts.load->one = 100;
  EXPECT_EQ(SayLoad(facts), "OK") << "a moment is no trouble";
  facts.load->five = 7.9;
  EXPECT_EQ(SayLoad(facts), "OK");
  facts.load->five = 8;
  EXPECT_EQ(SayLoad(facts), "WARNING LOAD_HIGH");
  facts.now->cpus = 4;
  EXPECT_EQ(SayLoad(facts), "OK");
}

TEST(LoadJudgeTest, TasksThatWaitAreAWarningWithWhatTheyWaitFor) {
  LoadFacts facts = Quiet();
  facts.cpu->some60 = 80;
  EXPECT_EQ(SayLoad(facts), "WARNING CPU_PRESSURE");
  facts.io->some60 = 60;
  const Observation out = JudgeLoad(facts, LoadLimits(), "");
  EXPECT_EQ(out.reason, "IO_PRESSURE") << "what waits for storage explains the rest";
  EXPECT_EQ(out.detail.find("tasks waited for storage 60 % of the last 60 s (load 0.50"), 0U);
  EXPECT_EQ(out.evidence.size(), 2U) << "the other one is evidence";
}

TEST(LoadJudgeTest, AStateIsHeldUntilItHasFallenByATenth) {
  LoadFacts facts = Quiet();
  facts.cpu->some60 = 73;
  EXPECT_EQ(SayLoad(facts), "OK");
  EXPECT_EQ(SayLoad(facts, "CPU_PRESSURE"), "WARNING CPU_PRESSURE");
  EXPECT_EQ(SayLoad(facts, "IO_PRESSURE"), "OK");
  facts.cpu->some60 = 71;
  EXPECT_EQ(SayLoad(facts, "CPU_PRESSURE"), "OK");
}

TEST(LoadJudgeTest, StolenTimeIsEvidenceAndNoAlarm) {
  LoadFacts facts = Quiet();
  facts.now->steal = 710;
  const Observation out = JudgeLoad(facts, LoadLimits(), "");
  EXPECT_EQ(out.state, State::kOk);
  EXPECT_NE(out.detail.find("the hypervisor took 35 % of the CPU time (steal)"), std::string::npos)
      << out.detail;
  EXPECT_EQ(out.gauges.back().name, "cpu_steal_ratio");
  EXPECT_NEAR(out.gauges.back().value, 0.35, 1e-9);
}

TEST(LoadJudgeTest, CountersThatRunBackwardsSayNothing) {
  LoadFacts facts = Quiet();
  facts.now->steal = 5;
  EXPECT_NE(JudgeLoad(facts, LoadLimits(), "").gauges.back().name, "cpu_steal_ratio");
  facts.now = facts.before;
  EXPECT_NE(JudgeLoad(facts, LoadLimits(), "").gauges.back().name, "cpu_steal_ratio");
}

TEST(LoadJudgeTest, WithoutPressureInformationTheLoadIsJudged) {
  LoadFacts facts = Quiet();
  facts.cpu.reset();
  facts.io.reset();
  EXPECT_EQ(SayLoad(facts), "OK");
  facts.load.reset();
  EXPECT_EQ(SayLoad(facts), "UNKNOWN CANNOT_READ");
}

}  // namespace
}  // namespace faultline::checks
