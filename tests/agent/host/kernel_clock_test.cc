// This machine's clock. It is never set: tests share it with everything else.
#include "agent/host/kernel_clock.h"

#include <gtest/gtest.h>
#include <sys/timerfd.h>

#include <cstdlib>

namespace faultline::host {
namespace {

TEST(KernelClockTest, TheKernelSaysHowWellItsClockIsKept) {
  const auto facts = ReadKernelClock();
  if (absl::IsPermissionDenied(facts.status())) GTEST_SKIP() << facts.status();
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_GE(facts->max_error.ns, 0);
  EXPECT_GE(facts->estimated_error.ns, 0);
}

TEST(KernelClockTest, TheOffsetBetweenTheClocksStandsStillWhileNobodySetsThem) {
  const Span one = WallOffset();
  const Span two = WallOffset();
  EXPECT_LT(std::abs(one.ns - two.ns), Span::Millis(50).ns);
  EXPECT_GT(one.seconds(), 1e9) << "it is the wall time of the boot";
}

TEST(KernelClockTest, AWatchOnTheClockCanBeMadeAndTaken) {
  auto loop = Loop::Create().value();
  bool called = false;
  auto watch = WatchClockSet(*loop, [&] { called = true; });
  ASSERT_TRUE(watch.ok()) << watch.status();
  const auto end = loop->After(Span::Millis(20), [&] { loop->Stop(); });
  ASSERT_TRUE(loop->Run().ok());
  EXPECT_FALSE(called) << "nobody has set the clock, so the timer must not have run out";
}

}  // namespace
}  // namespace faultline::host
