// The kernel's own pressure information.
#include "agent/host/pressure_trigger.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/agent/host/run_until.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

TEST(PressureTriggerTest, IsToldWhileTasksWaitForACpu) {
  auto loop = Loop::Create().value();
  int told = 0;
  auto trigger = WatchPressure(*loop, "/proc/pressure/cpu", Span::Millis(20), Span::Seconds(2),
                               [&] { ++told; });
  if (!trigger.ok()) GTEST_SKIP() << "no trigger here: " << trigger.status();
  // More that want to run than there are CPUs to run on: pinned to one, so that it is always so.
  std::atomic<bool> end = false;
  std::vector<std::thread> busy;
  for (int i = 0; i < 3; ++i) {
    busy.emplace_back([&end] {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(0, &one);
      sched_setaffinity(0, sizeof(one), &one);
      while (!end) {
      }
    });
  }
  EXPECT_TRUE(RunUntil(*loop, [&] { return told > 0; }));
  end = true;
  for (std::thread& thread : busy) thread.join();
}

TEST(PressureTriggerTest, AKernelWithoutPressureInformationIsNotFound) {
  auto loop = Loop::Create().value();
  const fakes::TempDirectory directory;
  const auto trigger =
      WatchPressure(*loop, directory / "memory", Span::Millis(500), Span::Seconds(2), [] {});
  EXPECT_TRUE(absl::IsNotFound(trigger.status())) << trigger.status();
}

}  // namespace
}  // namespace faultline::host
