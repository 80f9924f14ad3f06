#include "agent/host/proc_text.h"

#include <gtest/gtest.h>

#include "agent/host/small_file.h"

namespace faultline::host {
namespace {

TEST(ProcTextTest, CountersComeFromMeminfoVmstatAndCgroups) {
  const auto counters = ParseCounters(
      "MemTotal:       24683656 kB\n"
      "HugePages_Total:       0\n"
      "oom_kill 3\n"
      "nr_free_pages 5760807\n");
  EXPECT_EQ(counters.at("MemTotal"), 24683656ULL * 1024);
  EXPECT_EQ(counters.at("HugePages_Total"), 0U);
  EXPECT_EQ(counters.at("oom_kill"), 3U);
  EXPECT_EQ(counters.size(), 4U);
}

TEST(ProcTextTest, WhatIsNoNumberIsLeftOutAndNeverZero) {
  EXPECT_TRUE(ParseCounters("MemTotal:\nMemFree: -1 kB\nSwap: x kB\nA: 1 MB\nB: 1 2 3\n"
                            "C: 99999999999999999999 kB\nD: 18446744073709551615 kB\n")
                  .empty());
}

TEST(ProcTextTest, LoadAverages) {
  const auto load = ParseLoadavg("3.29 1.74 0.73 7/125 9552\n");
  ASSERT_TRUE(load.has_value());
  EXPECT_EQ(load->one, 3.29);
  EXPECT_EQ(load->five, 1.74);
  EXPECT_EQ(load->fifteen, 0.73);
  for (const char* text : {"", "1 2", "a b c", "nan 1 1", "inf 1 1", "-1 1 1", "1e99 1 1"}) {
    EXPECT_FALSE(ParseLoadavg(text).has_value()) << text;
  }
}

TEST(ProcTextTest, CpuTimesAreSummedWithoutCountingGuestsTwice) {
  const auto times = ParseStat(
      "cpu  100 1 20 300 5 0 6 7 50 0\n"
      "cpu0 50 1 10 150 5 0 3 4 25 0\n"
      "cpu1 50 0 10 150 0 0 3 3 25 0\n"
      "intr 12345 0 0\ncpu2 this comes too late\n");
  ASSERT_TRUE(times.has_value());
  EXPECT_EQ(times->total, 439U);
  EXPECT_EQ(times->steal, 7U);
  EXPECT_EQ(times->cpus, 2);
  for (const char* text : {"", "cpu0 1 2 3 4 5 6 7 8\n", "cpu 1 2 3\n", "cpu a b c d e f g h\n",
                           "cpu 18446744073709551615 1 1 1 1 1 1 1\n"}) {
    EXPECT_FALSE(ParseStat(text).has_value()) << text;
  }
}

TEST(ProcTextTest, Pressure) {
  const auto pressure = ParsePressure(
      "some avg10=58.13 avg60=52.16 avg300=27.25 total=116901595\n"
      "full avg10=1.50 avg60=0.25 avg300=0.00 total=0\n");
  ASSERT_TRUE(pressure.has_value());
  EXPECT_EQ(pressure->some10, 58.13);
  EXPECT_EQ(pressure->some60, 52.16);
  EXPECT_EQ(pressure->full10, 1.5);
  EXPECT_EQ(pressure->full60, 0.25);
  // Before Linux 5.13 a CPU's file has one line.
  EXPECT_TRUE(ParsePressure("some avg10=1.00 avg60=2.00 avg300=3.00 total=4\n").has_value());
  for (const char* text :
       {"", "full avg10=1.00 avg60=2.00\n", "some avg10=x avg60=2.00 avg300=0\n",
        "some avg10=101.00 avg60=2.00 avg300=0\n", "some avg60=1.00 avg10=2.00 avg300=0\n"}) {
    EXPECT_FALSE(ParsePressure(text).has_value()) << text;
  }
}

TEST(ProcTextTest, ThisMachinesOwnFilesAreUnderstood) {
  EXPECT_TRUE(ParseLoadavg(ReadSmallFile("/proc/loadavg").value_or("")).has_value());
  EXPECT_TRUE(ParseStat(ReadSmallFile("/proc/stat").value_or("")).has_value());
  EXPECT_GT(ParseCounters(ReadSmallFile("/proc/meminfo").value_or("")).count("MemAvailable"), 0U);
  EXPECT_GT(ParseCounters(ReadSmallFile("/proc/vmstat").value_or("")).count("oom_kill"), 0U);
  const auto pressure = ReadSmallFile("/proc/pressure/memory");
  if (pressure.ok()) {
    EXPECT_TRUE(ParsePressure(*pressure).has_value());
  }
}

}  // namespace
}  // namespace faultline::host
