#include "collector/store/reckoning.h"

#include <gtest/gtest.h>

namespace faultline::store {
namespace {

constexpr Span kADay = Span::Seconds(86400);
constexpr WallTime kThen{1'800'000'000'000'000'000};
constexpr MonoTime kBoot{1'000'000'000};

Span Days(int64_t n) { return {n * kADay.ns}; }

TEST(ReckoningTest, ItGoesOnAsTimePasses) {
  Reckoning reckoning(kThen, kThen, kBoot);
  EXPECT_EQ(reckoning.Now(kThen + Days(2), kBoot + Days(2)), kThen + Days(2));
}

TEST(ReckoningTest, AClockThatIsAheadAtTheStartOrLaterAdvancesNothing) {
  Reckoning reckoning(kThen, kThen + Days(40), kBoot);
  EXPECT_EQ(reckoning.Now(kThen + Days(40), kBoot), kThen);
  EXPECT_EQ(reckoning.Now(kThen + Days(41), kBoot + Days(1)), kThen + Days(1));
}

TEST(ReckoningTest, AClockThatIsBehindMakesNothingOlder) {
  Reckoning reckoning(kThen, kThen, kBoot);
  EXPECT_EQ(reckoning.Now(kThen - Days(3), kBoot + Days(1)), kThen - Days(3));
  EXPECT_EQ(reckoning.Now(kThen + Days(2), kBoot + Days(2)), kThen + Days(2)) << "and set right";
}

TEST(ReckoningTest, AConfirmedClockMakesUpForTheTimeWithoutACollector) {
  Reckoning reckoning(kThen, kThen + Days(60), kBoot);
  reckoning.Confirm(kThen + Days(60), kBoot);
  EXPECT_EQ(reckoning.Now(kThen + Days(61), kBoot + Days(1)), kThen + Days(61));
  EXPECT_EQ(reckoning.reckoned(), kThen + Days(61));
}

TEST(ReckoningTest, AnEmptyHistoryBeginsWithTheClock) {
  Reckoning reckoning({}, kThen, kBoot);
  EXPECT_EQ(reckoning.Now(kThen, kBoot), kThen);
}

}  // namespace
}  // namespace faultline::store
