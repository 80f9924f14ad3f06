#include "collector/rules/judge.h"

#include <gtest/gtest.h>

namespace faultline::rules {
namespace {

using Kind = Verdict::Kind;

const Patience kPatience;
constexpr WallTime kNow{1'000'000'000'000};

model::CheckPicture Check(std::string kind, State state, std::string reason) {
  model::CheckPicture check;
  check.id = {std::move(kind), "target", ""};
  check.state = state;
  check.reason = std::move(reason);
  check.since = kNow;
  return check;
}

Alert Current(AlertState state, Decision decision, WallTime received, WallTime deadline = {}) {
  Alert alert;
  alert.state = state;
  alert.decision = decision;
  alert.received = received;
  alert.deadline = deadline;
  return alert;
}

Verdict JudgeNow(const Alert* current, const model::CheckPicture& check, Surroundings around = {},
                 WallTime now = kNow) {
  return Judge(RuleFor(check.id.kind), kPatience, current, check, around, now);
}

TEST(JudgeTest, AProvenStopFiresAtOnce) {
  const Verdict verdict = JudgeNow(nullptr, Check("unit", State::kCritical, "UNIT_STOPPING"));
  EXPECT_EQ(verdict.kind, Kind::kFiring);
  EXPECT_EQ(verdict.severity, Severity::kCritical);
}

TEST(JudgeTest, ARestartWaitsForItsGraceAndThenFires) {
  const auto restarting = Check("unit", State::kWarning, "UNIT_RESTARTING");
  const Verdict first = JudgeNow(nullptr, restarting);
  EXPECT_EQ(first.kind, Kind::kPending);
  EXPECT_EQ(first.decision, Decision::kWaitingForGrace);
  EXPECT_EQ(first.deadline, kNow + kPatience.restart);

  const Alert pending = Current(AlertState::kPending, first.decision, kNow, first.deadline);
  const auto starting = Check("unit", State::kWarning, "UNIT_STARTING");
  EXPECT_EQ(JudgeNow(&pending, starting, {}, kNow + Span::Seconds(29)).deadline, first.deadline)
      << "a restart that goes on to start has one grace";
  const Verdict late = JudgeNow(&pending, starting, {}, kNow + Span::Seconds(30));
  EXPECT_EQ(late.kind, Kind::kFiring);
  EXPECT_EQ(late.decision, Decision::kGraceOver);
}

TEST(JudgeTest, AStartThatFailsFiresAtOnceAlsoWithinAGrace) {
  const Alert pending =
      Current(AlertState::kPending, Decision::kWaitingForGrace, kNow, kNow + kPatience.restart);
  const Verdict verdict = JudgeNow(&pending, Check("unit", State::kCritical, "UNIT_FAILED"), {},
                                   kNow + Span::Millis(100));
  EXPECT_EQ(verdict.kind, Kind::kFiring);
}

TEST(JudgeTest, ARestartThatEndsWellLeavesNothing) {
  const Alert pending =
      Current(AlertState::kPending, Decision::kWaitingForGrace, kNow, kNow + kPatience.restart);
  EXPECT_EQ(JudgeNow(&pending, Check("unit", State::kOk, "")).kind, Kind::kNone);
}

TEST(JudgeTest, WhatFiresResolvesOnlyWhenTheCheckIsWell) {
  const Alert firing = Current(AlertState::kFiring, Decision::kConditionHolds, kNow);
  EXPECT_EQ(JudgeNow(&firing, Check("unit", State::kWarning, "UNIT_STARTING")).kind, Kind::kFiring);
  EXPECT_EQ(JudgeNow(&firing, Check("unit", State::kUnknown, "NO_SYSTEMD")).kind, Kind::kFiring);
  EXPECT_EQ(JudgeNow(&firing, Check("unit", State::kUnknown, "NO_SYSTEMD")).decision,
            Decision::kCannotLook);
  EXPECT_EQ(JudgeNow(&firing, Check("unit", State::kOk, "")).kind, Kind::kResolved);
}

TEST(JudgeTest, CouldNotLookRaisesNothing) {
  EXPECT_EQ(JudgeNow(nullptr, Check("unit", State::kUnknown, "NO_SYSTEMD")).kind, Kind::kNone);
  EXPECT_EQ(JudgeNow(nullptr, Check("port", State::kUnspecified, "")).kind, Kind::kNone);
}

TEST(JudgeTest, ASymptomWaitsForTheOtherEnd) {
  const auto refused = Check("port", State::kCritical, "REFUSED");
  EXPECT_EQ(JudgeNow(nullptr, refused).deadline, kNow + kPatience.no_other_end);
  const Verdict held = JudgeNow(nullptr, refused, {.other_end_connected = true});
  EXPECT_EQ(held.kind, Kind::kPending);
  EXPECT_EQ(held.decision, Decision::kWaitingForOtherEnd);
  EXPECT_EQ(held.deadline, kNow + kPatience.other_end);
  const Alert pending = Current(AlertState::kPending, held.decision, kNow, held.deadline);
  EXPECT_EQ(JudgeNow(&pending, refused, {.other_end_connected = true}, held.deadline).kind,
            Kind::kFiring);
}

TEST(JudgeTest, ASymptomStaysQuietWhileWhatItPointsToIsInGraceAndSettles) {
  const auto refused = Check("port", State::kCritical, "REFUSED");
  const Alert pending =
      Current(AlertState::kPending, Decision::kSubjectInGrace, kNow - Span::Seconds(20));
  const WallTime bound = kNow + Span::Seconds(10);
  const Verdict waiting = JudgeNow(&pending, refused, {.grace_until = bound});
  EXPECT_EQ(waiting.kind, Kind::kPending);
  EXPECT_EQ(waiting.deadline, bound);
  EXPECT_EQ(JudgeNow(&pending, refused, {.grace_until = bound}, bound).kind, Kind::kFiring)
      << "nothing is held for ever";
  const WallTime settled = kNow + Span::Seconds(2);
  EXPECT_EQ(JudgeNow(&pending, refused, {.settling_until = settled}).deadline, settled);
  EXPECT_EQ(JudgeNow(&pending, refused, {.settling_until = settled}, settled).kind, Kind::kFiring);
}

TEST(JudgeTest, ASymptomWaitsForWhatWasJustStartedAndThenSaysSo) {
  const auto bad_gateway = Check("http", State::kCritical, "STATUS_502");
  const WallTime until = kNow + Span::Seconds(30);
  const Verdict waiting = JudgeNow(nullptr, bad_gateway, {.start_until = until});
  EXPECT_EQ(waiting.kind, Kind::kPending);
  EXPECT_EQ(waiting.decision, Decision::kSubjectInGrace);
  EXPECT_EQ(waiting.deadline, until);
  const Alert pending = Current(AlertState::kPending, waiting.decision, kNow, waiting.deadline);
  const Verdict late = JudgeNow(&pending, bad_gateway, {.start_until = until}, until);
  EXPECT_EQ(late.kind, Kind::kFiring);
  EXPECT_EQ(late.decision, Decision::kGraceOver);
  const Alert firing = Current(AlertState::kFiring, late.decision, kNow);
  EXPECT_EQ(JudgeNow(&firing, bad_gateway, {.start_until = until}, until).decision,
            Decision::kGraceOver)
      << "it goes on saying why";
}

TEST(JudgeTest, AStartOfBeforeTheSymptomExplainsNothing) {
  const auto bad_gateway = Check("http", State::kCritical, "STATUS_502");
  const Alert pending = Current(AlertState::kPending, Decision::kSubjectInGrace, kNow);
  const Verdict verdict = JudgeNow(&pending, bad_gateway, {.start_until = kNow - Span::Seconds(1)},
                                   kNow + Span::Seconds(1));
  EXPECT_EQ(verdict.kind, Kind::kFiring);
  EXPECT_EQ(verdict.decision, Decision::kConditionHolds);
}

TEST(JudgeTest, AGraceHoldsWhileTheCheckCannotLookAndThenLeavesNothing) {
  const Alert pending =
      Current(AlertState::kPending, Decision::kWaitingForGrace, kNow, kNow + kPatience.restart);
  const auto blind = Check("unit", State::kUnknown, "NO_SYSTEMD");
  EXPECT_EQ(JudgeNow(&pending, blind).deadline, pending.deadline);
  EXPECT_EQ(JudgeNow(&pending, blind, {}, pending.deadline).kind, Kind::kNone);
}

TEST(JudgeTest, AWaitingSymptomThatCannotBeSeenAnyMoreBeginsAnew) {
  const Alert pending = Current(AlertState::kPending, Decision::kWaitingForOtherEnd, kNow,
                                kNow + kPatience.other_end);
  EXPECT_EQ(JudgeNow(&pending, Check("port", State::kUnknown, "RESOLVING")).kind, Kind::kNone);
}

TEST(JudgeTest, ASymptomHasNoGraceOfItsOwnWhateverItsReason) {
  const auto lying = Check("port", State::kCritical, "UNIT_RESTARTING");
  EXPECT_EQ(JudgeNow(nullptr, lying).decision, Decision::kWaitingForOtherEnd);
}

TEST(JudgeTest, SeverityFollowsTheState) {
  EXPECT_EQ(JudgeNow(nullptr, Check("certificate", State::kWarning, "EXPIRES_SOON")).severity,
            Severity::kWarning);
  EXPECT_EQ(JudgeNow(nullptr, Check("certificate", State::kCritical, "EXPIRED")).severity,
            Severity::kCritical);
  EXPECT_EQ(JudgeNow(nullptr, Check("log", State::kWarning, "ERROR_BURST")).severity,
            Severity::kInfo);
}

TEST(JudgeTest, WhatIsOnlyEvidenceIsToldToNobody) {
  for (const char* kind : {"ping", "load"}) {
    const auto verdict = JudgeNow(nullptr, Check(kind, State::kCritical, "X"));
    EXPECT_EQ(verdict.severity, Severity::kInfo) << kind;
  }
}

TEST(JudgeTest, AHostsOwnWordNeedsNoSecondLook) {
  for (const char* kind : {"firewall", "route", "disk"}) {
    EXPECT_EQ(JudgeNow(nullptr, Check(kind, State::kCritical, "X")).kind, Kind::kFiring) << kind;
  }
  for (const char* kind : {"mysql", "http"}) {
    EXPECT_EQ(JudgeNow(nullptr, Check(kind, State::kCritical, "X")).decision,
              Decision::kWaitingForOtherEnd)
        << kind;
  }
}

TEST(JudgeTest, ASilentAgentIsATicketAfterFiveMinutes) {
  const auto silent = Check("agent", State::kWarning, "AGENT_SILENT");
  const Verdict first = JudgeNow(nullptr, silent);
  EXPECT_EQ(first.kind, Kind::kPending);
  EXPECT_EQ(first.deadline, kNow + Span::Seconds(300));
  const Alert pending = Current(AlertState::kPending, first.decision, kNow, first.deadline);
  const Verdict late = JudgeNow(&pending, silent, {}, first.deadline);
  EXPECT_EQ(late.kind, Kind::kFiring);
  EXPECT_EQ(late.severity, Severity::kWarning);
}

TEST(JudgeTest, AGoneHostIsAPageAtOnceAndAPowerOffAfterItsGrace) {
  const Verdict gone = JudgeNow(nullptr, Check("agent", State::kCritical, "HOST_GONE"));
  EXPECT_EQ(gone.kind, Kind::kFiring);
  EXPECT_EQ(gone.severity, Severity::kCritical);
  const auto off = Check("agent", State::kWarning, "HOST_STOPPING");
  const Verdict first = JudgeNow(nullptr, off);
  EXPECT_EQ(first.decision, Decision::kWaitingForGrace);
  const Alert pending = Current(AlertState::kPending, first.decision, kNow, first.deadline);
  const Verdict late = JudgeNow(&pending, off, {}, first.deadline);
  EXPECT_EQ(late.kind, Kind::kFiring);
  EXPECT_EQ(late.severity, Severity::kCritical);
}

TEST(JudgeTest, AUnitThatStopsWithItsHostLetsTheHostSpeakFirst) {
  const auto stopped = Check("unit", State::kWarning, "HOST_STOPPING");
  const Verdict first = JudgeNow(nullptr, stopped);
  const Alert pending = Current(AlertState::kPending, first.decision, kNow, first.deadline);
  const WallTime host = first.deadline + Span::Seconds(3);
  const Verdict held = JudgeNow(&pending, stopped, {.host_stops_until = host}, first.deadline);
  EXPECT_EQ(held.kind, Kind::kPending);
  EXPECT_EQ(held.deadline, host);
  EXPECT_EQ(JudgeNow(&pending, stopped, {}, first.deadline).kind, Kind::kFiring);
}

TEST(JudgeTest, AKindFromANewerAgentIsJudgedByItsState) {
  EXPECT_EQ(RuleFor("quantum").name, "CheckFailing");
  EXPECT_EQ(JudgeNow(nullptr, Check("quantum", State::kCritical, "ENTANGLED")).kind, Kind::kFiring);
}

TEST(SubjectTest, FollowsWhatIsWatched) {
  const auto subject = [](std::string kind, std::string target, std::string unit = "") {
    model::CheckPicture check;
    check.id = {std::move(kind), std::move(target), ""};
    check.unit = std::move(unit);
    return SubjectFor(check, "h");
  };
  EXPECT_EQ(subject("unit", "mysql.service"), "database");
  EXPECT_EQ(subject("unit", "my-db.service", "mariadb.service"), "database");
  EXPECT_EQ(subject("unit", "flask-app.service"), "site");
  EXPECT_EQ(subject("port", "10.0.2.10:3306"), "database");
  EXPECT_EQ(subject("listener", "3306"), "database");
  EXPECT_EQ(subject("listener", "443"), "site");
  EXPECT_EQ(subject("port", "10.0.2.10:13306"), "port 10.0.2.10:13306");
  EXPECT_EQ(subject("port", "127.0.0.1:9000"), "port 9000 on h");
  EXPECT_EQ(subject("listener", "10.0.2.10:9000"), "port 9000 on h");
  EXPECT_EQ(subject("listener", "9000", "todo.service"), "todo.service on h");
  EXPECT_EQ(subject("log", "todo.service"), "todo.service on h");
  EXPECT_EQ(subject("certificate", "/etc/x.pem"), "certificate /etc/x.pem on h");
  EXPECT_EQ(subject("certificate", "app.example:443"), "certificate app.example:443");
  EXPECT_EQ(subject("agent", "h"), "agent h");
  EXPECT_EQ(subject("unit", "cron.service"), "cron.service on h");
  EXPECT_EQ(subject("firewall", "3306"), "database");
  EXPECT_EQ(subject("mysql", "10.0.2.10:3306"), "database");
  EXPECT_EQ(subject("http", "https://app.example.com/"), "site");
  EXPECT_EQ(subject("route", "10.0.2.10"), "network h");
  EXPECT_EQ(subject("exposure", "10.0.2.10:3306"), "exposure 10.0.2.10:3306")
      << "no part of an outage";
  EXPECT_EQ(subject("disk", "/"), "disk / on h");
  EXPECT_EQ(subject("load", "system"), "capacity h");
  EXPECT_EQ(subject("clock", "system"), "host h");
}

TEST(SubjectTest, AThingsOwnIsNoService) {
  for (const char* own :
       {"cron.service on db-1", "port 9000 on h", "port 10.0.2.10:9000", "disk / on h",
        "capacity h", "network h", "host h", "blind h", "network"}) {
    EXPECT_TRUE(IsOwnSubject(own)) << own;
  }
  for (const char* service : {"database", "site", "shards on call", "payments"}) {
    EXPECT_FALSE(IsOwnSubject(service)) << service;
  }
}

}  // namespace
}  // namespace faultline::rules
