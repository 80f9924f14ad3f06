#include "agent/checks/unit_verdict.h"

#include <gtest/gtest.h>

namespace faultline::checks {
namespace {

host::UnitProperties Active() {
  host::UnitProperties p;
  p.load_state = "loaded";
  p.active_state = "active";
  p.result = "success";
  return p;
}

Surroundings SurroundingsAt(int64_t ms) { return {.now = {ms * 1'000'000}}; }

TEST(UnitVerdictTest, AsksForDpkgOnceAJobAndOnlyForStops) {
  int asked = 0;
  Surroundings around = SurroundingsAt(0);
  around.dpkg_at_work = [&] {
    ++asked;
    return false;
  };
  UnitVerdict unit("a.service");
  unit.OnProperties(Active(), around);
  unit.OnJob(1, "", around);
  unit.OnJob(1, "restart", around);
  unit.OnJobRemoved(1, "done", around);
  EXPECT_EQ(asked, 0);
  unit.OnJob(2, "stop", around);
  host::UnitProperties down = Active();
  down.active_state = "deactivating";
  down.job_id = 2;
  for (int i = 0; i < 20; ++i) unit.OnProperties(down, around);
  EXPECT_EQ(asked, 1);
}

TEST(UnitVerdictTest, RepeatedPropertiesGiveEqualVerdicts) {
  UnitVerdict unit("a.service");
  const std::optional<Verdict> first = unit.OnProperties(Active(), SurroundingsAt(0));
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(unit.OnProperties(Active(), SurroundingsAt(5000)), first);
}

TEST(UnitVerdictTest, AServiceIsUpSinceItsStartWhateverItReloadedSince) {
  UnitVerdict unit("a.service");
  host::UnitProperties p = Active();
  p.active_enter_usec = 1'700'000'000'000'000;
  p.state_change_usec = 1'700'000'500'000'000;
  EXPECT_EQ(unit.OnProperties(p, SurroundingsAt(0))->since_usec, 1'700'000'000'000'000u);
}

TEST(UnitVerdictTest, AServiceThatComesUpWithItsHostIsJudgedAgainWhenItHadItsTime) {
  UnitVerdict unit("a.service");
  host::UnitProperties p = Active();
  p.service_type = "simple";
  p.active_enter_monotonic_usec = 20'000'000;
  EXPECT_EQ(unit.OnProperties(p, SurroundingsAt(21'000))->reason, "UNIT_STARTING");
  EXPECT_EQ(unit.recheck_at(), MonoTime{} + Span::Seconds(35));
  EXPECT_EQ(unit.OnTime(SurroundingsAt(35'000))->state, State::kOk);
  EXPECT_EQ(unit.recheck_at(), std::nullopt);
}

TEST(UnitVerdictTest, AFailureOfLongAgoIsNotPartOfACrashLoop) {
  UnitVerdict unit("a.service");
  host::UnitProperties p = Active();
  unit.OnProperties(p, SurroundingsAt(0));
  EXPECT_EQ(unit.recheck_at(), std::nullopt);
  for (uint32_t restarts = 1; restarts <= 10; ++restarts) {
    p.restarts = restarts;
    const std::optional<Verdict> verdict = unit.OnProperties(p, SurroundingsAt(restarts * 40'000));
    ASSERT_TRUE(verdict.has_value());
    EXPECT_EQ(verdict->state, State::kOk) << "never three within a minute";
  }
}

TEST(UnitVerdictTest, RestartsBeforeTheAgentCameAreNotCounted) {
  UnitVerdict unit("a.service");
  host::UnitProperties p = Active();
  p.restarts = 57;
  EXPECT_EQ(unit.OnProperties(p, SurroundingsAt(0))->state, State::kOk);
  p.restarts = 99;  // nobody listened for a while
  EXPECT_EQ(unit.OnProperties(p, SurroundingsAt(1))->state, State::kOk);
}

TEST(UnitVerdictTest, SaysWhenTimeAloneChangesTheVerdict) {
  UnitVerdict unit("a.service");
  host::UnitProperties p = Active();
  unit.OnProperties(p, SurroundingsAt(0));
  for (uint32_t restarts = 1; restarts <= 3; ++restarts) {
    p.restarts = restarts;
    unit.OnProperties(p, SurroundingsAt(restarts * 1000));
  }
  ASSERT_TRUE(unit.recheck_at().has_value());
  EXPECT_EQ(*unit.recheck_at(), SurroundingsAt(61'000).now);
  EXPECT_EQ(unit.OnTime(SurroundingsAt(60'999))->reason, "UNIT_CRASH_LOOP");
  EXPECT_EQ(unit.OnTime(SurroundingsAt(61'000))->state, State::kOk);
  EXPECT_EQ(unit.recheck_at(), std::nullopt);
}

TEST(UnitVerdictTest, EventsBeforeTheFirstPropertiesWait) {
  UnitVerdict unit("a.service");
  EXPECT_EQ(unit.OnJob(1, "stop", SurroundingsAt(0)), std::nullopt);
  EXPECT_EQ(unit.OnJobRemoved(1, "done", SurroundingsAt(0)), std::nullopt);
  EXPECT_EQ(unit.OnTime(SurroundingsAt(0)), std::nullopt);
}

TEST(UnitVerdictTest, AnUnknownActiveStateIsUnknownAndQuoted) {
  UnitVerdict unit("a.service");
  host::UnitProperties p = Active();
  p.active_state = "hibernating";
  const std::optional<Verdict> verdict = unit.OnProperties(p, SurroundingsAt(0));
  ASSERT_TRUE(verdict.has_value());
  EXPECT_EQ(verdict->state, State::kUnknown);
  EXPECT_NE(verdict->detail.find("hibernating"), std::string::npos);
}

TEST(DescribeEndTest, NamesStatusSignalAndLimits) {
  const auto describe = [](const std::string& result, int code, int status) {
    host::UnitProperties p;
    p.result = result;
    p.exec_main_code = code;
    p.exec_main_status = status;
    return DescribeEnd(p);
  };
  EXPECT_EQ(describe("exit-code", 1, 1), "exited with status 1");
  EXPECT_EQ(describe("signal", 2, 9), "was killed by SIGKILL");
  EXPECT_EQ(describe("signal", 2, 99), "was killed by signal 99");
  EXPECT_EQ(describe("core-dump", 3, 6), "was killed by SIGABRT and dumped core");
  EXPECT_EQ(describe("oom-kill", 2, 9), "was killed by the kernel for lack of memory (OOM)");
  EXPECT_EQ(describe("timeout", 2, 9), "did not start or stop within its time limit and was ended");
  EXPECT_EQ(describe("exit-code", 0, 0), "failed (exit-code)") << "ExecStartPre failed";
  EXPECT_EQ(describe("success", 1, 0), "ended by itself");
  EXPECT_EQ(describe("a-new-result", 0, 0), "failed (a-new-result)");
}

}  // namespace
}  // namespace faultline::checks
