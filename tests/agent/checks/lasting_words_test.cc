// What a check says is stored and read later: the same facts, looked at again, are told in the same
// words. "4 minutes ago" is not among them.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "agent/checks/bootstrap_judge.h"
#include "agent/checks/certificate_judge.h"
#include "agent/checks/certificate_renewal.h"
#include "agent/checks/clock_judge.h"
#include "agent/checks/disk_judge.h"
#include "agent/checks/log_window.h"
#include "agent/checks/memory_judge.h"
#include "tests/agent/checks/lasting_words.h"

namespace faultline::checks {
namespace {

constexpr WallTime kThen{1'795'317'247'000'000'000};  // 2026-11-22 03:14:07 UTC

std::string Words(const Observation& seen) {
  std::string all = seen.reason + ": " + seen.detail;
  for (const Fact& fact : seen.evidence) all += " | " + fact.text;
  return all;
}

// `says` looks at the same facts at the time that it is given.
void ExpectTheSameWordsLater(const std::function<Observation(WallTime now)>& says) {
  const std::string first = Words(says(kThen + Span::Seconds(30)));
  for (const int64_t seconds : {31, 95, 240, 599}) {
    EXPECT_EQ(Words(says(kThen + Span::Seconds(seconds))), first) << seconds;
  }
  EXPECT_EQ(RelativeTimeIn(first), "") << first;
}

TEST(LastingWordsTest, OfAKilledProcess) {
  MemoryFacts facts;
  facts.meminfo = {{"MemTotal", 2000}, {"MemAvailable", 1000}};
  MemoryPast past;
  past.kills = 1;
  past.killed_at = kThen;
  ExpectTheSameWordsLater([&](WallTime now) { return JudgeMemory(facts, {}, past, now); });
}

TEST(LastingWordsTest, OfAClockThatNobodyKeeps) {
  for (const int64_t limit : {10, 3600}) {  // a warning, and not yet one
    ClockPast past;
    past.unsynchronised_since = kThen;
    ExpectTheSameWordsLater([&](WallTime now) {
      past.unsynchronised_for = now - kThen;
      return JudgeClock({}, {.unsynchronised = Span::Seconds(limit)}, past, now);
    });
  }
}

TEST(LastingWordsTest, OfACertificate) {
  CertificateFacts facts;
  facts.name = "app.example.com";
  facts.not_before = kThen - Span::Seconds(90 * 86400);
  for (const int64_t days : {-1, 1, 10, 60}) {
    facts.not_after = kThen + Span::Seconds(days * 86400);
    ExpectTheSameWordsLater(
        [&](WallTime now) { return JudgeCertificate(facts, {}, now).observation; });
  }
}

TEST(LastingWordsTest, OfARenewalThatIsOverdue) {
  RenewalLook look;
  look.there = true;
  ExpectTheSameWordsLater([&](WallTime now) {
    return JudgeRenewal(look, kThen - Span::Seconds(89 * 86400), kThen + Span::Seconds(86400), now)
        .finding.value();
  });
}

TEST(LastingWordsTest, OfCloudInitThatRuns) {
  BootstrapFacts facts;
  facts.status = CloudInitStatus{.stage = "modules-final", .started = kThen};
  facts.result = absl::NotFoundError("not yet");
  for (const int64_t limit : {10, 3600}) {
    ExpectTheSameWordsLater(
        [&](WallTime now) { return JudgeBootstrap(facts, Span::Seconds(limit), now); });
  }
}

TEST(LastingWordsTest, OfADisk) {
  ExpectTheSameWordsLater([](WallTime now) { return JudgeDiskHung("/mnt/backup", kThen, now); });
}

TEST(LastingWordsTest, OfErrorLines) {
  LogJudge judge(Span::Seconds(3600));
  judge.OnError(kThen, kThen, "no space left");
  judge.OnError(kThen + Span::Seconds(1), kThen + Span::Seconds(1), "giving up");
  ExpectTheSameWordsLater([&](WallTime now) { return judge.Judge("mysql.service", now); });
}

TEST(LastingWordsTest, ARelativeTimeIsFound) {
  for (const char* text :
       {"killed 30s ago", "expires in 2d5h, at 2026", "full in about 14h50m",
        "last tried 06:45:34, "
        "next 06:50:34",
        "not synchronised yet, for 6m", "has been running for 10m", "systemd restarts it in 1s"}) {
    EXPECT_NE(RelativeTimeIn(text), "") << text;
  }
  for (const char* text : {"says nothing for 3s", "no answer within 5s", "added 03:14:07 UTC",
                           "no error lines in the last 1m"}) {
    EXPECT_EQ(RelativeTimeIn(text), "") << text;
  }
}

}  // namespace
}  // namespace faultline::checks
