#include "collector/memory_trim.h"

#include <gtest/gtest.h>

namespace faultline::collector {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

MonoTime Second(int64_t s) { return {Span::Seconds(1000 + s).ns}; }

TEST(MemoryTrimTest, WhatIsFreeForHalfAMinuteIsGivenBackOnce) {
  MemoryTrim trim;
  EXPECT_FALSE(trim.Look(200 * kMiB, Second(0)));
  EXPECT_FALSE(trim.Look(210 * kMiB, Second(20)));
  EXPECT_TRUE(trim.Look(210 * kMiB, Second(40)));
  EXPECT_FALSE(trim.Look(5 * kMiB, Second(60)));
  EXPECT_FALSE(trim.Look(5 * kMiB, Second(100)));
}

TEST(MemoryTrimTest, WhatIsUsedAgainIsNotNorIsALittle) {
  MemoryTrim trim;
  EXPECT_FALSE(trim.Look(200 * kMiB, Second(0)));
  EXPECT_FALSE(trim.Look(50 * kMiB, Second(40))) << "the storm is not over";
  EXPECT_FALSE(trim.Look(50 * kMiB, Second(60)));
  EXPECT_TRUE(trim.Look(50 * kMiB, Second(80)));
  MemoryTrim little;
  EXPECT_FALSE(little.Look(31 * kMiB, Second(0)));
  EXPECT_FALSE(little.Look(31 * kMiB, Second(100)));
}

}  // namespace
}  // namespace faultline::collector
