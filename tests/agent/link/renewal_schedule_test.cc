#include "agent/link/renewal_schedule.h"

#include <gtest/gtest.h>

namespace faultline::link {
namespace {

constexpr WallTime kBegin{1'800'000'000'000'000'000};
constexpr Life kDay{kBegin, {kBegin.ns + Span::Seconds(86'400).ns}};
constexpr MonoTime kMono{Span::Seconds(500).ns};

TEST(RenewalScheduleTest, IsDueAtTwoThirdsOrALittleEarlier) {
  const RenewalTime latest = PlanRenewal(kDay, Origin::kDisk, 0, kBegin, kMono);
  EXPECT_NEAR((latest.wall - kBegin).seconds(), 57'600, 1);
  const RenewalTime earliest = PlanRenewal(kDay, Origin::kDisk, 0.9999, kBegin, kMono);
  EXPECT_NEAR((earliest.wall - kBegin).seconds(), 57'600 - 4'320, 5);
  EXPECT_EQ((latest.mono - kMono).ns, (latest.wall - kBegin).ns);
}

TEST(RenewalScheduleTest, IsLookedAtEveryHour) {
  const RenewalTime time = PlanRenewal(kDay, Origin::kDisk, 0, kBegin, kMono);
  EXPECT_EQ(UntilRenewal(time, kBegin, kMono), Span::Seconds(3600));
  EXPECT_NEAR(UntilRenewal(time, kBegin + Span::Seconds(57'000), kMono).seconds(), 600, 1);
  EXPECT_EQ(UntilRenewal(time, kBegin + Span::Seconds(57'601), kMono), Span{});
}

TEST(RenewalScheduleTest, IsNotPutOffByAWallClockThatIsSetBack) {
  const RenewalTime time = PlanRenewal(kDay, Origin::kDisk, 0, kBegin, kMono);
  const WallTime long_ago = kBegin - Span::Seconds(1'000'000);
  EXPECT_EQ(UntilRenewal(time, long_ago, kMono + Span::Seconds(57'601)), Span{});
}

TEST(RenewalScheduleTest, IsDueAtOnceForACertificateThatHasRunOut) {
  const WallTime now = kBegin + Span::Seconds(200'000);
  const RenewalTime time = PlanRenewal(kDay, Origin::kDisk, 0.5, now, kMono);
  EXPECT_EQ(UntilRenewal(time, now, kMono), Span{});
}

// An hour's certificate, by a clock that is 45 minutes ahead.
constexpr Life kHour{kBegin, {kBegin.ns + Span::Seconds(3600).ns}};
constexpr WallTime kAhead{kBegin.ns + Span::Seconds(2700).ns};

TEST(RenewalScheduleTest, OfARenewedOneCountsFromItsReceipt) {
  const RenewalTime time =
      PlanRenewal(kDay, Origin::kRenewed, 0, kBegin + Span::Seconds(80'000), kMono);
  EXPECT_NEAR((time.mono - kMono).seconds(), 6400, 1) << "its end, by this clock";
  const RenewalTime right = PlanRenewal(kDay, Origin::kRenewed, 0, kBegin, kMono);
  EXPECT_NEAR((right.mono - kMono).seconds(), 57'600, 1);
  const RenewalTime hour = PlanRenewal(kHour, Origin::kRenewed, 0, kAhead, kMono);
  EXPECT_NEAR(UntilRenewal(hour, kAhead, kMono).seconds(), 900, 1);
}

TEST(RenewalScheduleTest, IsNeverWithinAMinuteAfterItCame) {
  const WallTime late = kBegin + Span::Seconds(3599);
  for (const Origin origin : {Origin::kJoined, Origin::kRenewed}) {
    EXPECT_EQ(UntilRenewal(PlanRenewal(kHour, origin, 0, late, kMono), late, kMono),
              Span::Seconds(60));
  }
  EXPECT_EQ(UntilRenewal(PlanRenewal(kHour, Origin::kDisk, 0, late, kMono), late, kMono), Span{});
}

TEST(JudgeClockTest, NamesAClockThatIsBehind) {
  EXPECT_EQ(JudgeClock(kHour, std::nullopt, kBegin - Span::Seconds(301)), ClockTrouble::kBehind);
  EXPECT_EQ(JudgeClock(kHour, std::nullopt, kBegin - Span::Seconds(299)), ClockTrouble::kNone);
}

TEST(JudgeClockTest, NamesAClockThatIsAheadByACertificateMadeJustNow) {
  EXPECT_EQ(JudgeClock(kHour, Span{}, kAhead), ClockTrouble::kAhead);
  EXPECT_EQ(JudgeClock(kHour, Span::Seconds(600), kAhead + Span::Seconds(600)),
            ClockTrouble::kAhead);
  // An old one says nothing; nor does one that has grown old.
  EXPECT_EQ(JudgeClock(kHour, std::nullopt, kAhead), ClockTrouble::kNone);
  EXPECT_EQ(JudgeClock(kHour, Span::Seconds(2700), kAhead), ClockTrouble::kNone);
}

TEST(RenewalScheduleTest, IsLateAtFiveSixths) {
  EXPECT_FALSE(IsLate(kDay, kBegin + Span::Seconds(71'990)));
  EXPECT_TRUE(IsLate(kDay, kBegin + Span::Seconds(72'010)));
}

TEST(AfterRefusalTest, WaitsAMinuteGrowingToTen) {
  const Span min = Span::Seconds(60);
  const Span max = Span::Seconds(600);
  EXPECT_EQ(AfterRefusal(1, min, max, 0), Span::Seconds(30));
  EXPECT_EQ(AfterRefusal(1, min, max, 1), Span::Seconds(60));
  EXPECT_EQ(AfterRefusal(3, min, max, 1), Span::Seconds(240));
  EXPECT_EQ(AfterRefusal(5, min, max, 1), Span::Seconds(600));
  EXPECT_EQ(AfterRefusal(1'000'000, min, max, 0), Span::Seconds(300));
}

TEST(AfterRefusalTest, ComesBackSoonToANameThatIsTaken) {
  const Span min = Span::Seconds(60);
  const Span max = Span::Seconds(600);
  EXPECT_EQ(AfterNameTaken(1, min, max, 0), Span::Seconds(10));
  EXPECT_EQ(AfterNameTaken(1, min, max, 1), Span::Seconds(20));
  EXPECT_EQ(AfterNameTaken(6, min, max, 1), Span::Seconds(20));
  EXPECT_EQ(AfterNameTaken(7, min, max, 1), Span::Seconds(40));
  EXPECT_EQ(AfterNameTaken(1'000'000, min, max, 1), Span::Seconds(600));
  // Refused in the holder's last moment, it is in well before two minutes have gone.
  Span waited{};
  for (int refusals = 1; waited < Span::Seconds(60); ++refusals) {
    waited.ns += AfterNameTaken(refusals, min, max, 1).ns;
  }
  EXPECT_LE(waited, Span::Seconds(80));
}

}  // namespace
}  // namespace faultline::link
