#include "collector/metrics/process.h"

#include <gtest/gtest.h>
#include <sys/time.h>

#include <ctime>

namespace faultline::metrics {
namespace {

constexpr char kStat[] =
    "4711 (a) b (c) S 1 4711 4711 0 -1 4194560 100 0 3 0 150 50 0 0 20 0 7 0 1000 123456789 2048 "
    "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n";

TEST(ProcessTest, TheNameOfAProcessMayHoldParentheses) {
  const auto numbers = ParseProcess(kStat, "cpu 1 2\nbtime 1700000000\nprocesses 5\n", 100, 4096);
  ASSERT_TRUE(numbers.has_value());
  EXPECT_DOUBLE_EQ(numbers->cpu_seconds, 2.0);
  EXPECT_DOUBLE_EQ(numbers->threads, 7);
  EXPECT_DOUBLE_EQ(numbers->resident_bytes, 2048.0 * 4096);
  EXPECT_DOUBLE_EQ(numbers->virtual_bytes, 123456789);
  EXPECT_DOUBLE_EQ(numbers->start_time_seconds, 1700000010);
}

TEST(ProcessTest, WhatIsNotUnderstoodIsNotGuessed) {
  EXPECT_FALSE(ParseProcess("", "\nbtime 1\n", 100, 4096).has_value());
  EXPECT_FALSE(ParseProcess("1 (a) S 1 2", "\nbtime 1\n", 100, 4096).has_value());
  EXPECT_FALSE(ParseProcess(kStat, "cpu 1\n", 100, 4096).has_value());
  EXPECT_FALSE(ParseProcess(kStat, "cpu 1\nbtime x\n", 100, 4096).has_value());
}

TEST(ProcessTest, ThisProcessIsReadFromProc) {
  const auto numbers = ReadProcess();
  ASSERT_TRUE(numbers.has_value());
  EXPECT_GT(numbers->resident_bytes, 1e6);
  EXPECT_GE(numbers->threads, 1);
  const double now = static_cast<double>(time(nullptr));
  EXPECT_GT(numbers->start_time_seconds, now - 3600);
  EXPECT_LT(numbers->start_time_seconds, now + 60);
  EXPECT_GE(OpenFileDescriptors().value_or(0), 3);
  EXPECT_GE(MaxFileDescriptors().value_or(0), 64);
}

}  // namespace
}  // namespace faultline::metrics
