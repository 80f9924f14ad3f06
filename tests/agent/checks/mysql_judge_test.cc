#include "agent/checks/mysql_judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/text.h"

namespace faultline::checks {
namespace {

using testing::HasSubstr;

const MySqlAsked kLogin = {
    .server = "10.0.2.10:3306", .user = "faultline", .database = "", .timeout = Span::Seconds(3)};

MySqlHealth Well() {
  MySqlHealth health;
  health.version = "8.0.36";
  health.query = Span::Millis(2);
  return health;
}

MySqlLimits Limits() {
  return {.slow = Span::Millis(500), .replica_lag = std::nullopt, .writable = false};
}

MySqlHealth Replica(ReplicaChannel channel) {
  MySqlHealth health = Well();
  health.replicas = {std::move(channel)};
  return health;
}

MySqlLimits ReplicaLimits() {
  MySqlLimits limits = Limits();
  limits.replica_lag = Span::Seconds(30);
  return limits;
}

std::string Word(const MySqlHealth& health, const MySqlLimits& limits) {
  const Observation seen = JudgeMySql(health, limits, kLogin);
  return std::string(StateName(seen.state)) + " " + seen.reason;
}

TEST(MySqlJudge, AnAnswerIsWell) { EXPECT_EQ(Word(Well(), Limits()), "OK "); }

TEST(MySqlJudge, ReadOnlyIsCriticalOnlyWhereTheApplicationWrites) {
  MySqlHealth health = Well();
  health.read_only = true;
  MySqlLimits limits = Limits();
  EXPECT_EQ(Word(health, limits), "OK ");
  limits.writable = true;
  EXPECT_EQ(Word(health, limits), "CRITICAL READ_ONLY");
}

TEST(MySqlJudge, ASlowAnswerIsAWarning) {
  MySqlHealth health = Well();
  health.query = Span::Millis(500);
  EXPECT_EQ(Word(health, Limits()), "OK ");
  health.query = Span::Millis(501);
  EXPECT_EQ(Word(health, Limits()), "WARNING SLOW_QUERY");
  EXPECT_EQ(Word(health, MySqlLimits{}), "OK ");
}

TEST(MySqlJudge, AReplicaThatFallsBehindIsAWarning) {
  ReplicaChannel channel{.receiving = true, .applying = true, .lag = Span::Seconds(30)};
  EXPECT_EQ(Word(Replica(channel), ReplicaLimits()), "OK ");
  channel.lag = Span::Seconds(31);
  EXPECT_EQ(Word(Replica(channel), ReplicaLimits()), "WARNING REPLICA_LAG");
}

TEST(MySqlJudge, AReplicaThatStandsIsCriticalAndSaysWhy) {
  const MySqlHealth health =
      Replica({.receiving = true, .applying = false, .error = "error 1062: Duplicate entry '1'"});
  EXPECT_EQ(Word(health, ReplicaLimits()), "CRITICAL REPLICA_STOPPED");
  EXPECT_THAT(JudgeMySql(health, ReplicaLimits(), kLogin).detail,
              HasSubstr("does not apply what it receives (error 1062: Duplicate entry '1')"));
}

TEST(MySqlJudge, AServerThatIsNoReplicaIsUnknownWhereOneIsExpected) {
  MySqlHealth health = Well();
  health.replicas.emplace();
  EXPECT_EQ(Word(health, ReplicaLimits()), "UNKNOWN NOT_A_REPLICA");
}

TEST(MySqlJudge, WithoutTheRightToSeeTheLagTheGrantIsNamed) {
  MySqlHealth health = Well();
  health.replica_failure = {host::MySqlFailureKind::kServerError, 1227, "Access denied; you need"};
  EXPECT_EQ(Word(health, ReplicaLimits()), "UNKNOWN RIGHT_MISSING");
  EXPECT_THAT(JudgeMySql(health, ReplicaLimits(), kLogin).detail, HasSubstr("REPLICATION CLIENT"));
}

TEST(MySqlJudge, TheGraverIsTheWordAndTheRestIsEvidence) {
  MySqlHealth health = Replica({.receiving = true, .applying = true, .lag = Span::Seconds(99)});
  health.read_only = true;
  health.query = Span::Seconds(2);
  MySqlLimits limits = ReplicaLimits();
  limits.writable = true;
  const Observation seen = JudgeMySql(health, limits, kLogin);
  EXPECT_EQ(seen.reason, "READ_ONLY");
  EXPECT_EQ(seen.evidence.size(), 3u);
}

TEST(MySqlJudge, EveryGaugeAndReasonIsDeclared) {
  MySqlHealth health = Replica({.receiving = true, .applying = true, .lag = Span::Seconds(1)});
  health.login = Span::Millis(3);
  health.threads_connected = health.max_connections = 1;
  health.uptime_seconds = health.aborted_connects = 1;
  std::set<std::string> declared;
  for (const GaugeDeclaration& gauge : MySqlGaugeDeclarations()) declared.insert(gauge.name);
  std::set<std::string> given;
  for (const GaugeValue& gauge : MySqlGauges(health)) given.insert(gauge.name);
  EXPECT_EQ(given, declared);
  for (const ReasonDeclaration& reason : MySqlHealthReasons()) {
    EXPECT_TRUE(IsReasonName(reason.name));
  }
}

TEST(MySqlJudge, WhatWasNotAskedThisTimeKeepsItsLastAnswer) {
  MySqlHealth before = Replica({.receiving = true, .applying = true, .lag = Span::Seconds(7)});
  before.uptime_seconds = 70;
  MySqlHealth fresh = Well();
  fresh.threads_connected = 5;
  const MySqlHealth kept = KeepKnown(fresh, before);
  EXPECT_EQ(kept.uptime_seconds, 70);
  EXPECT_EQ(kept.threads_connected, 5);
  ASSERT_TRUE(kept.replicas.has_value());
  EXPECT_EQ(kept.replicas->at(0).lag, Span::Seconds(7));
}

}  // namespace
}  // namespace faultline::checks
