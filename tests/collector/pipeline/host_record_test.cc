// Which of a host's times are believed.
#include "collector/pipeline/host_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/pipeline/engine.h"
#include "tests/collector/pipeline/engine_samples.h"

namespace faultline::pipeline {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr WallTime kYear1970{3'600'000'000'000};
constexpr WallTime kYear2099{4'080'000'000'000'000'000};

TEST(BelievedTest, WhatNoClockThatIsRightSaysIsTakenForNow) {
  const model::ClockOffset clock;
  EXPECT_EQ(Believed(kYear1970, clock, kStart), kStart);
  EXPECT_EQ(Believed(kYear2099, clock, kStart), kStart);
  EXPECT_EQ(Believed({}, clock, kStart), WallTime{}) << "not known";
  const WallTime month_ago = kStart - Span::Seconds(30 * 86'400);
  EXPECT_EQ(Believed(month_ago, clock, kStart), month_ago) << "history may be old";
}

TEST(BelievedTest, AClockThatIsKnownToBeWrongIsPutRightFirst) {
  model::ClockOffset clock;
  clock.Add(kYear1970, kStart, Span::Millis(1));
  const Span ago = kStart - Believed(kYear1970 - Span::Seconds(10), clock, kStart);
  EXPECT_NEAR(ago.seconds(), 10, 0.001);
}

TEST(BelievedTest, AStateSinceTheEpochBeganWhenItWasSeen) {
  model::CheckPicture check;
  SeenObservation seen{.state = State::kCritical,
                       .reason = "X",
                       .evidence = {{"line", kYear1970}},
                       .observed = kStart - Span::Seconds(1),
                       .since = kYear1970};
  ApplyObservation(seen, {}, kStart, &check);
  EXPECT_EQ(check.since, kStart);
  EXPECT_EQ(check.observed, kStart - Span::Seconds(1));
  EXPECT_EQ(check.evidence[0].at, kStart);
}

TEST(BelievedTest, AnOutageStampedAtTheEpochDidNotLastForDecades) {
  Engine engine({}, {}, {kStart, {0}});
  engine.Opened(1, kDb, {.spool_id = "spool", .start_number = 1}, {kStart, {0}});
  engine.Input(1, DeclarationsMessage{.checks = {{.number = 1, .id = kUnit}}}, {kStart, {0}});
  engine.Input(1, SnapshotMessage{}, {kStart, {0}});
  std::vector<std::string> said;
  int64_t seconds = 0;
  const auto record = [&](uint64_t seq, State state, const std::string& reason, WallTime observed) {
    const incidents::Moment moment{kStart + Span::Seconds(seconds), {Span::Seconds(seconds).ns}};
    SeenObservation seen{.state = state, .reason = reason, .observed = observed};
    engine.Input(1, RecordsMessage{{{.seq = seq, .start_number = 1, .check = kUnit, .body = seen}}},
                 moment);
    for (const auto& told : engine.Take(moment).commit.outbox) said.push_back(told.incident.title);
    seconds += 20;
  };
  record(1, State::kCritical, "UNIT_FAILED", kYear1970);
  record(2, State::kOk, "", kStart + Span::Seconds(20));
  ASSERT_EQ(said.size(), 2u);
  EXPECT_THAT(said[1], HasSubstr("well again after 20 s"));
  EXPECT_THAT(said[1], Not(HasSubstr("days")));
}

TEST(BelievedTest, WhatComesLiveIsNoOlderThanTheHeartbeatBeforeIt) {
  const Span day = Span::Seconds(25 * 3600);
  const WallTime now = kStart + Span::Seconds(2);
  const SeenObservation seen{.state = State::kCritical,
                             .evidence = {{"line", now - day - Span::Seconds(1)}, {"undated", {}}},
                             .observed = now - day,
                             .since = now - day - Span::Seconds(3)};
  const SeenObservation moved = InLiveTime(seen, {}, kStart, now);
  EXPECT_EQ(moved.observed, now);
  EXPECT_EQ(moved.since, now - Span::Seconds(3));
  EXPECT_EQ(moved.evidence[0].at, now - Span::Seconds(1));
  EXPECT_EQ(moved.evidence[1].at, WallTime{});

  SeenObservation held_up = seen;
  held_up.observed = kStart - Span::Seconds(30);
  EXPECT_EQ(InLiveTime(held_up, {}, kStart, now).observed, held_up.observed);
  EXPECT_EQ(InLiveTime(held_up, {}, kStart, now).since, seen.since) << "it may have lasted";
  model::ClockOffset clock;
  clock.Add(now - day, now, Span::Millis(1));
  EXPECT_EQ(InLiveTime(seen, clock, kStart, now).observed, seen.observed) << "it is put right";
}

TEST(BelievedTest, AClockThatStepsBackDuringAnOutageDoesNotMakeItADayLong) {
  Engine engine({}, {}, {kStart, {0}});
  int64_t seconds = 0;
  const auto moment = [&] {
    return incidents::Moment{kStart + Span::Seconds(seconds), {Span::Seconds(seconds).ns}};
  };
  Span set_back;
  std::vector<std::string> said;
  const auto input = [&](AgentInput message) {
    engine.Input(1, std::move(message), moment());
    for (const auto& told : engine.Take(moment()).commit.outbox) {
      said.push_back(told.incident.title);
    }
  };
  const auto beat = [&] {
    input(HeartbeatMessage{.sent = moment().now - set_back - Span::Millis(1),
                           .received = moment().now,
                           .round_trip = Span::Millis(2)});
  };
  const auto record = [&](uint64_t seq, State state, const std::string& reason) {
    SeenObservation seen{.state = state, .reason = reason, .observed = moment().now - set_back};
    input(RecordsMessage{{{.seq = seq, .start_number = 1, .check = kUnit, .body = seen}}});
  };
  engine.Opened(1, kDb, {.spool_id = "spool", .start_number = 1}, moment());
  input(DeclarationsMessage{.checks = {{.number = 1, .id = kUnit}}});
  input(SnapshotMessage{});
  for (; seconds < 20; ++seconds) beat();
  set_back = Span::Seconds(25 * 3600);
  record(1, State::kCritical, "UNIT_FAILED");
  for (const int64_t end = seconds + 8; seconds < end; ++seconds) beat();
  record(2, State::kOk, "");
  ASSERT_EQ(said.size(), 2u);
  EXPECT_THAT(said[1], HasSubstr("well again after 8 s"));
}

}  // namespace
}  // namespace faultline::pipeline
