#include "collector/ingest/round_trip.h"

#include <gtest/gtest.h>

namespace faultline::ingest {
namespace {

TEST(RoundTripTest, LeavesOutTheTimeThatTheHostHeldTheEcho) {
  RoundTrip trip;
  trip.EchoSent(1, MonoTime{1'000});
  // The host got it at its 50'000 and sent the next heartbeat 900 later; here 1'000 had passed.
  EXPECT_EQ(trip.Measure(1, WallTime{50'000}, WallTime{50'900}, MonoTime{2'000}).ns, 100);
}

TEST(RoundTripTest, IsUnknownForAnUnknownEchoAndAClockThatWasSet) {
  RoundTrip trip;
  trip.EchoSent(1, MonoTime{1'000});
  EXPECT_EQ(trip.Measure(0, WallTime{5}, WallTime{6}, MonoTime{2'000}).ns, 0);
  EXPECT_EQ(trip.Measure(2, WallTime{5}, WallTime{6}, MonoTime{2'000}).ns, 0);
  EXPECT_EQ(trip.Measure(1, WallTime{50'000}, WallTime{49'000}, MonoTime{2'000}).ns, 0);
  EXPECT_EQ(trip.Measure(1, WallTime{50'000}, WallTime{90'000}, MonoTime{2'000}).ns, 0);
}

}  // namespace
}  // namespace faultline::ingest
