#include "collector/pipeline/store_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

namespace faultline::pipeline {
namespace {

using testing::HasSubstr;

constexpr WallTime kWall{1'800'000'000'000'000'000};
constexpr MonoTime kMono{5'000'000'000};

store::StoreHealth Failing(absl::Status failure) {
  return {.path = "/var/lib/f.db", .failure = std::move(failure)};
}

TEST(StoreWatchTest, FailuresOfLessThanFiveSecondsAreNone) {
  StoreWatch watch;
  const store::StoreHealth full = Failing(absl::ResourceExhaustedError("/var/lib/f.db: full"));
  EXPECT_EQ(watch.Judge(full, {}, kWall, kMono).state, State::kOk);
  EXPECT_EQ(watch.Judge(full, {}, kWall, kMono + Span::Millis(4900)).state, State::kOk);
  EXPECT_EQ(watch.Judge(Failing({}), {}, kWall, kMono + Span::Millis(4950)).state, State::kOk);
  EXPECT_EQ(watch.Judge(full, {}, kWall, kMono + Span::Seconds(6)).state, State::kOk)
      << "it begins anew";
}

TEST(StoreWatchTest, AFailureSaysWhatWhereSinceWhenAndWhatItMeans) {
  StoreWatch watch;
  const store::StoreHealth full =
      Failing(absl::ResourceExhaustedError("/var/lib/f.db: full (No space left on device)"));
  watch.Judge(full, {}, kWall, kMono);
  // The wall clock was set an hour ahead meanwhile.
  const WallTime now = kWall + Span::Seconds(3605);
  const model::CheckPicture check = watch.Judge(full, {}, now, kMono + Span::Seconds(5));
  EXPECT_EQ(check.id.ToString(), "store:collector");
  EXPECT_EQ(check.state, State::kCritical);
  EXPECT_EQ(check.reason, "STORE_FULL");
  EXPECT_EQ(check.since, now - Span::Seconds(5));
  EXPECT_EQ(check.expected.at("path"), "/var/lib/f.db");
  EXPECT_THAT(check.detail, HasSubstr("/var/lib/f.db: full (No space left on device)"));
  EXPECT_THAT(check.detail, HasSubstr("withholds acknowledgements, agents keep what they see"));
  EXPECT_EQ(watch.Judge(Failing({}), {}, now, kMono + Span::Seconds(6)).state, State::kOk);
}

TEST(StoreWatchTest, WhatFailsIsTheReason) {
  const std::tuple<absl::Status, const char*> cases[] = {
      {absl::ResourceExhaustedError(""), "STORE_FULL"},
      {absl::PermissionDeniedError(""), "STORE_READ_ONLY"},
      {absl::UnavailableError(""), "STORE_IO_ERROR"},
      {absl::DataLossError(""), "STORE_DAMAGED"},
      {absl::InternalError(""), "STORE_FAILING"},
  };
  for (const auto& [failure, reason] : cases) {
    StoreWatch watch;
    watch.Judge(Failing(failure), {}, kWall, kMono);
    EXPECT_EQ(watch.Judge(Failing(failure), {}, kWall, kMono + Span::Seconds(5)).reason, reason);
  }
}

TEST(StoreWatchTest, ACommitThatDoesNotComeBackIsAFailureToo) {
  StoreWatch watch;
  const auto judge = [&](Span after) {
    return watch.Judge(Failing({}), kMono, kWall + after, kMono + after);
  };
  EXPECT_EQ(judge(Span::Seconds(14)).state, State::kOk);
  const model::CheckPicture hung = judge(Span::Seconds(15));
  EXPECT_EQ(hung.reason, "STORE_HUNG");
  EXPECT_EQ(hung.since, kWall);
}

TEST(StoreWatchTest, ADamagedHistoryIsAWarningUntilItIsTakenAway) {
  StoreWatch watch;
  store::StoreHealth health = Failing({});
  health.set_aside = {"/var/lib/f.db.damaged-20261201T000000Z"};
  const model::CheckPicture check = watch.Judge(health, {}, kWall, kMono);
  EXPECT_EQ(check.state, State::kWarning);
  EXPECT_EQ(check.reason, "HISTORY_SET_ASIDE");
  EXPECT_THAT(check.detail, HasSubstr(health.set_aside[0]));
  health.set_aside.clear();
  EXPECT_EQ(watch.Judge(health, {}, kWall, kMono).state, State::kOk);
}

}  // namespace
}  // namespace faultline::pipeline
