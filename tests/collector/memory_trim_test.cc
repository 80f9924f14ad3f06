#include "collector/memory_trim.h"

#include <gtest/gtest.h>

namespace faultline::collector {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

MonoTime Second(int64_t s) { return {Span::Seconds(1000 + s).ns}; }

TEST(MemoryTrimTest, WhatAStormLeavesIsGivenBackWhenItIsOver) {
  MemoryTrim trim;
  EXPECT_FALSE(trim.Look(50 * kMiB, Second(0)));
  EXPECT_FALSE(trim.Look(90 * kMiB, Second(20))) << "it grows";
  EXPECT_FALSE(trim.Look(110 * kMiB, Second(40)));
  EXPECT_TRUE(trim.Look(110 * kMiB, Second(60)));
  EXPECT_FALSE(trim.Look(80 * kMiB, Second(80))) << "the rest is in use";
  EXPECT_FALSE(trim.Look(80 * kMiB, Second(200)));
}

TEST(MemoryTrimTest, ALittleIsNotWorthItAndWhatFellIsMeasuredFromThere) {
  MemoryTrim trim;
  EXPECT_FALSE(trim.Look(50 * kMiB, Second(0)));
  EXPECT_FALSE(trim.Look(57 * kMiB, Second(20)));
  EXPECT_FALSE(trim.Look(57 * kMiB, Second(100)));
  EXPECT_FALSE(trim.Look(40 * kMiB, Second(120)));
  EXPECT_FALSE(trim.Look(49 * kMiB, Second(140)));
  EXPECT_TRUE(trim.Look(49 * kMiB, Second(160)));
}

}  // namespace
}  // namespace faultline::collector
