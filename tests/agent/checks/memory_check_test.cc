// The memory check on this machine's /proc, and on a tree like it whose numbers the test changes.
#include <filesystem>

#include "agent/checks/memory_watch.h"
#include "tests/agent/checks/check_testing.h"

namespace faultline::checks {
namespace {

class MemoryCheckTest : public CheckTest {
 protected:
  MemoryCheckTest() {
    std::filesystem::create_directories(directory_ / "root/proc/pressure");
    std::filesystem::create_directories(directory_ / "root/sys/fs/cgroup");
    WriteMeminfo(800);
    WriteKills(7);
  }
  void WriteMeminfo(int available_kib) {
    Replace("proc/meminfo", "MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: " +
                                std::to_string(available_kib) + " kB\nSwapTotal: 0 kB\n");
  }
  void WriteKills(int kills) {
    Replace("proc/vmstat", "nr_free_pages 1\noom_kill " + std::to_string(kills) + "\n");
  }
  // Whole at every moment: the check may be reading.
  void Replace(const std::string& name, const std::string& text) {
    const std::string path = directory_ / ("root/" + name);
    WriteFile(path + ".new", text);
    std::filesystem::rename(path + ".new", path);
  }
  void StartFake(Span oom_quiet = Span::Seconds(600)) {
    MemoryOptions options;
    options.interval = Span::Millis(50);
    options.limits.oom_quiet = oom_quiet;
    options.check_id = "memory:system";
    options.root = directory_ / "root";
    check_ = std::make_unique<MemoryWatch>(std::move(options), Context());
    check_->Start();
  }
};

TEST_F(MemoryCheckTest, ThisMachinesMemoryIsMeasured) {
  Start(Config("memory", "system"));
  ASSERT_FALSE(sink_.seen.empty());
  EXPECT_NE(sink_.seen.back().state, State::kUnknown) << Last();
  EXPECT_NE(sink_.seen.back().detail.find(" % of "), std::string::npos) << Last();
  EXPECT_GE(sink_.seen.back().gauges.size(), 4U);
}

TEST_F(MemoryCheckTest, MemoryThatRunsOutIsToldAtTheNextLook) {
  StartFake();
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  WriteMeminfo(60);
  EXPECT_TRUE(UntilSaw(State::kWarning, "MEMORY_PRESSURE")) << Last();
  WriteMeminfo(20);
  EXPECT_TRUE(UntilSaw(State::kCritical, "MEMORY_PRESSURE")) << Last();
  WriteMeminfo(800);
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(MemoryCheckTest, AKillIsAWarningAndThenForgotten) {
  StartFake(/*oom_quiet=*/Span::Millis(300));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  WriteKills(8);
  EXPECT_TRUE(UntilSaw(State::kWarning, "OOM_KILL")) << Last();
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(MemoryCheckTest, InAContainerItsOwnKillsCount) {
  Replace("sys/fs/cgroup/memory.events", "low 0\nhigh 0\nmax 5\noom 1\noom_kill 1\n");
  StartFake();
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  WriteKills(8);  // of another container of the machine
  const size_t before = sink_.seen.size();
  ASSERT_TRUE(Until([&] { return sink_.seen.size() > before + 2; }));
  EXPECT_TRUE(sink_.Saw(State::kOk, "")) << Last();
  Replace("sys/fs/cgroup/memory.events", "oom_kill 2\n");
  EXPECT_TRUE(UntilSaw(State::kWarning, "OOM_KILL")) << Last();
}

TEST_F(MemoryCheckTest, AKillWhileTheAgentWasAwayIsToldWhenItIsBack) {
  StartFake();
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  check_.reset();
  WriteKills(8);
  StartFake();
  EXPECT_TRUE(UntilSaw(State::kWarning, "OOM_KILL")) << Last();
  check_.reset();
  // Known by now.
  sink_.seen.clear();
  StartFake();
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(MemoryCheckTest, WithoutProcItIsUnknown) {
  std::filesystem::remove(directory_ / "root/proc/meminfo");
  StartFake();
  EXPECT_TRUE(UntilSaw(State::kUnknown, "CANNOT_READ")) << Last();
}

TEST_F(MemoryCheckTest, TargetsAndLimitsAreValidated) {
  EXPECT_NE(ConfigError(Config("memory", "ram")).find("write system"), std::string::npos);
  config::CheckConfig config = Config("memory", "system");
  SetOption(&config, "critical", {"50"});
  EXPECT_NE(ConfigError(config).find("critical: is above warn"), std::string::npos);
}

}  // namespace
}  // namespace faultline::checks
