// What is taken from the wire and what is refused, field by field.
#include "collector/ingest/from_wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace faultline::ingest {
namespace {

namespace v1 = faultline::v1;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int64_t kNow = 1'795'317'247'000'000'000;
constexpr WallTime kReceived{kNow};

v1::Hello GoodHello() {
  v1::Hello hello;
  hello.set_protocol_version(1);
  hello.set_agent_version("0.1.0");
  hello.add_addresses("10.0.2.10");
  hello.add_addresses("fe80::1");
  hello.set_spool_id("0123456789abcdef0123456789abcdef");
  hello.set_start_number(3);
  return hello;
}

v1::CheckDeclaration GoodDeclaration() {
  v1::CheckDeclaration check;
  check.set_number(1);
  check.set_kind("port");
  check.set_target("10.0.2.10:3306");
  check.set_remote_address("10.0.2.10");
  check.set_remote_port(3306);
  return check;
}

v1::Observation GoodObservation() {
  v1::Observation observation;
  observation.set_check(1);
  observation.set_state(v1::STATE_CRITICAL);
  observation.set_reason("REFUSED");
  observation.set_detail("refused the connection");
  observation.mutable_observed()->set_wall_ns(kNow);
  return observation;
}

v1::Record GoodRecord(uint64_t seq) {
  v1::Record record;
  record.set_stream(v1::STREAM_TRANSITIONS);
  record.set_seq(seq);
  record.set_start_number(3);
  record.mutable_transition()->set_kind("unit");
  record.mutable_transition()->set_target("mysql.service");
  *record.mutable_transition()->mutable_observation() = GoodObservation();
  return record;
}

TEST(HelloTest, IsTakenWhole) {
  const auto hello = FromWire(GoodHello());
  ASSERT_TRUE(hello.ok()) << hello.status();
  EXPECT_EQ(hello->addresses, (std::vector<std::string>{"10.0.2.10", "fe80::1"}));
  EXPECT_EQ(hello->start_number, 3u);
}

TEST(HelloTest, IsRefusedByTheFieldThatIsWrong) {
  const struct {
    const char* field;
    std::function<void(v1::Hello*)> spoil;
  } cases[] = {
      {"hello.protocol_version", [](v1::Hello* h) { h->set_protocol_version(2); }},
      {"hello.addresses[2]", [](v1::Hello* h) { h->add_addresses("db.internal"); }},
      {"hello.addresses[2]",
       [](v1::Hello* h) { h->add_addresses(std::string("10.0.0.1\0x", 10)); }},
      {"hello.addresses:",
       [](v1::Hello* h) {
         for (int i = 0; i < 64; ++i) h->add_addresses("10.0.0.1");
       }},
      {"hello.spool_id", [](v1::Hello* h) { h->set_spool_id("xyz"); }},
      {"hello.start_number", [](v1::Hello* h) { h->set_start_number(0); }},
  };
  for (const auto& wrong : cases) {
    v1::Hello hello = GoodHello();
    wrong.spoil(&hello);
    EXPECT_THAT(std::string(FromWire(hello).status().message()), StartsWith(wrong.field));
  }
}

TEST(HelloTest, AsManyAddressesAsAllowedAreTaken) {
  v1::Hello hello = GoodHello();
  while (hello.addresses_size() < 64) hello.add_addresses("10.0.0.1");
  EXPECT_TRUE(FromWire(hello).ok());
}

TEST(DeclarationsTest, AreRefusedByTheFieldThatIsWrong) {
  const struct {
    const char* field;
    std::function<void(v1::CheckDeclaration*)> spoil;
  } cases[] = {
      {".number", [](v1::CheckDeclaration* c) { c->set_number(0); }},
      {"kind", [](v1::CheckDeclaration* c) { c->set_kind("Port!"); }},
      {"kind", [](v1::CheckDeclaration* c) { c->set_kind("agent"); }},
      {"target", [](v1::CheckDeclaration* c) { c->set_target(""); }},
      {"name", [](v1::CheckDeclaration* c) { c->set_name("a b"); }},
      {".remote_address", [](v1::CheckDeclaration* c) { c->set_remote_address("db"); }},
      {".remote_port", [](v1::CheckDeclaration* c) { c->set_remote_port(65'536); }},
      {".interval_ns", [](v1::CheckDeclaration* c) { c->set_interval_ns(-1); }},
  };
  for (const auto& wrong : cases) {
    v1::CheckDeclarations declarations;
    *declarations.add_checks() = GoodDeclaration();
    *declarations.add_checks() = GoodDeclaration();
    wrong.spoil(declarations.mutable_checks(1));
    const std::string error(FromWire(declarations).status().message());
    EXPECT_THAT(error, StartsWith("declarations.checks[1]"));
    EXPECT_THAT(error, HasSubstr(wrong.field));
  }
}

TEST(HelloTest, AnInstanceThatIsNoneOfEc2sCountsAsUnknown) {
  v1::Hello hello = GoodHello();
  hello.set_instance_id("i-0123456789abcdef0");
  hello.set_region("us-east-1");
  EXPECT_EQ(FromWire(hello)->instance_id, "i-0123456789abcdef0");
  EXPECT_EQ(FromWire(hello)->region, "us-east-1");
  hello.set_instance_id("i-0; reboot");
  hello.set_region("us-east-1 --profile x");
  ASSERT_TRUE(FromWire(hello).ok());
  EXPECT_EQ(FromWire(hello)->instance_id, "");
  EXPECT_EQ(FromWire(hello)->region, "");
}

TEST(DeclarationsTest, TheLimitsThemselvesAreTaken) {
  v1::CheckDeclarations declarations;
  for (int i = 0; i < 10'000; ++i) *declarations.add_checks() = GoodDeclaration();
  v1::CheckDeclaration& last = *declarations.mutable_checks(9'999);
  last.set_number(std::numeric_limits<uint32_t>::max());
  last.set_remote_port(65'535);
  last.set_interval_ns(Span::Seconds(7 * 86'400).ns);
  const auto taken = FromWire(declarations);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->checks.back().remote_port, 65'535);
  last.set_interval_ns(last.interval_ns() + 1);
  EXPECT_FALSE(FromWire(declarations).ok());
}

TEST(DeclarationsTest, WhatIsExpectedAndWhatIsAbsentComesThroughCleaned) {
  v1::CheckDeclarations declarations;
  v1::CheckDeclaration& check = *declarations.add_checks() = GoodDeclaration();
  check.add_expected()->set_option("body");
  check.mutable_expected(0)->set_value("pong\x1b[31m");
  EXPECT_FALSE(FromWire(declarations)->absent.has_value()) << "said nothing of that";
  v1::AbsentCheck& absent = *declarations.mutable_absent()->add_checks();
  absent.set_kind("log");
  absent.set_target("{site.access_log}");
  absent.set_why(v1::AbsentCheck::WHY_UNKNOWN_FACT);
  absent.set_detail("write\nthis");
  declarations.mutable_absent()->add_checks()->set_kind("of a newer agent's why");
  const auto taken = FromWire(declarations);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->checks[0].expected.at("body").find('\x1b'), std::string::npos);
  ASSERT_TRUE(taken->absent.has_value());
  ASSERT_EQ(taken->absent->size(), 1u);
  EXPECT_EQ((*taken->absent)[0].target, "{site.access_log}");
  EXPECT_EQ((*taken->absent)[0].why, model::AbsentCheck::Why::kUnknownFact);
  EXPECT_EQ((*taken->absent)[0].detail.find('\n'), std::string::npos);
}

TEST(DeclarationsTest, MoreOfThoseThanAllowedAreRefused) {
  v1::CheckDeclarations declarations;
  for (int i = 0; i < 257; ++i) declarations.mutable_absent()->add_checks();
  EXPECT_THAT(std::string(FromWire(declarations).status().message()),
              StartsWith("declarations.absent.checks:"));
  declarations.clear_absent();
  v1::CheckDeclaration& check = *declarations.add_checks() = GoodDeclaration();
  for (int i = 0; i < 9; ++i) check.add_expected();
  EXPECT_THAT(std::string(FromWire(declarations).status().message()),
              StartsWith("declarations.checks[0].expected:"));
}

TEST(DeclarationsTest, MoreThanAllowedAreRefused) {
  v1::CheckDeclarations declarations;
  for (int i = 0; i < 10'001; ++i) declarations.add_withdrawn(1);
  EXPECT_THAT(std::string(FromWire(declarations).status().message()),
              StartsWith("declarations.withdrawn:"));
  declarations.clear_withdrawn();
  for (int i = 0; i < 10'001; ++i) *declarations.add_checks() = GoodDeclaration();
  EXPECT_THAT(std::string(FromWire(declarations).status().message()),
              StartsWith("declarations.checks:"));
}

TEST(SnapshotTest, IsRefusedByTheFieldThatIsWrong) {
  v1::Snapshot snapshot;
  *snapshot.add_checks()->mutable_observation() = GoodObservation();
  for (int i = 0; i < 16; ++i) snapshot.add_positions()->set_seq(1);
  EXPECT_TRUE(FromWire(snapshot).ok());
  snapshot.add_positions()->set_seq(1);
  EXPECT_THAT(std::string(FromWire(snapshot).status().message()),
              StartsWith("snapshot.positions:"));
  snapshot.clear_positions();
  snapshot.mutable_checks(0)->mutable_observation()->clear_observed();
  EXPECT_THAT(std::string(FromWire(snapshot).status().message()),
              StartsWith("snapshot.checks[0].observation.observed.wall_ns"));
}

TEST(SnapshotTest, TellsForHowLongItsHostHasBeenUp) {
  v1::Snapshot snapshot;
  v1::Observation& seen = *snapshot.add_checks()->mutable_observation();
  seen = GoodObservation();
  seen.mutable_observed()->set_boottime_ns(4'000'000'000);
  EXPECT_EQ(FromWire(snapshot)->checks[0].observation.up_for, Span::Seconds(4));
  seen.mutable_observed()->set_boottime_ns(std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(FromWire(snapshot)->checks[0].observation.up_for, Span{});
}

TEST(SnapshotTest, PositionsOfStreamsThatANewerAgentHasAreLeftOut) {
  v1::Snapshot snapshot;
  snapshot.add_positions()->set_stream(static_cast<v1::Stream>(7));
  v1::StreamPosition& known = *snapshot.add_positions();
  known.set_stream(v1::STREAM_TRANSITIONS);
  known.set_seq(9);
  const auto taken = FromWire(snapshot);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->positions,
            (std::map<store::Stream, uint64_t>{{store::Stream::kTransitions, 9}}));
}

TEST(HeartbeatTest, IsRefusedByTheFieldThatIsWrong) {
  v1::Heartbeat heartbeat;
  heartbeat.set_number(1);
  EXPECT_THAT(std::string(FromWire(heartbeat, kReceived).status().message()),
              StartsWith("heartbeat.sent.wall_ns"));
  heartbeat.mutable_sent()->set_wall_ns(kNow);
  EXPECT_TRUE(FromWire(heartbeat, kReceived).ok());
  heartbeat.set_echo_received_wall_ns(-1);
  EXPECT_THAT(std::string(FromWire(heartbeat, kReceived).status().message()),
              StartsWith("heartbeat.echo_received_wall_ns"));
  heartbeat.set_number(0);
  EXPECT_THAT(std::string(FromWire(heartbeat, kReceived).status().message()),
              StartsWith("heartbeat.number"));
}

TEST(ObservationTest, IsRefusedByTheFieldThatIsWrong) {
  const struct {
    const char* field;
    std::function<void(v1::Observation*)> spoil;
  } cases[] = {
      {".state", [](v1::Observation* o) { o->set_state(v1::STATE_UNSPECIFIED); }},
      {".state", [](v1::Observation* o) { o->set_state(static_cast<v1::State>(9)); }},
      {".reason", [](v1::Observation* o) { o->set_reason(""); }},
      {".reason", [](v1::Observation* o) { o->set_reason("lower case"); }},
      {".observed.wall_ns", [](v1::Observation* o) { o->clear_observed(); }},
      {".observed.wall_ns", [](v1::Observation* o) { o->mutable_observed()->set_wall_ns(-5); }},
      {".since_wall_ns",
       [](v1::Observation* o) { o->set_since_wall_ns(std::numeric_limits<int64_t>::max()); }},
      {".evidence[0].wall_ns", [](v1::Observation* o) { o->add_evidence()->set_wall_ns(-1); }},
      {".evidence:",
       [](v1::Observation* o) {
         for (int i = 0; i < 9; ++i) o->add_evidence();
       }},
      {".gauges[0].name", [](v1::Observation* o) { o->add_gauges()->set_name("A-b"); }},
      {".gauges:",
       [](v1::Observation* o) {
         for (int i = 0; i < 33; ++i) o->add_gauges()->set_name("x");
       }},
  };
  for (const auto& wrong : cases) {
    v1::Gauges gauges;
    *gauges.add_observations() = GoodObservation();
    wrong.spoil(gauges.mutable_observations(0));
    EXPECT_THAT(std::string(FromWire(gauges).status().message()),
                HasSubstr(std::string("gauges.observations[0]") + wrong.field));
  }
}

TEST(ObservationTest, TextIsMadeHarmless) {
  v1::Gauges gauges;
  *gauges.add_observations() = GoodObservation();
  gauges.mutable_observations(0)->set_detail("a\x1b[31m\nb" + std::string(1000, 'x'));
  const auto taken = FromWire(gauges);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_THAT(taken->observations[0].detail, StartsWith("a [31m b"));
  EXPECT_LE(taken->observations[0].detail.size(), 512u);
}

TEST(ObservationTest, AMeasurementThatIsNoNumberIsLeftOut) {
  v1::Gauges gauges;
  *gauges.add_observations() = GoodObservation();
  for (const double value : {1.5, std::numeric_limits<double>::quiet_NaN()}) {
    v1::Gauge& gauge = *gauges.mutable_observations(0)->add_gauges();
    gauge.set_name("probe_duration_seconds");
    gauge.set_value(value);
  }
  const auto taken = FromWire(gauges);
  ASSERT_TRUE(taken.ok()) << taken.status();
  ASSERT_EQ(taken->observations[0].gauges.size(), 1u);
  EXPECT_EQ(taken->observations[0].gauges[0].value, 1.5);
}

TEST(RecordsTest, OneThatCannotBeUsedBecomesAGapThatSaysWhy) {
  v1::Records records;
  *records.add_records() = GoodRecord(1);
  *records.add_records() = GoodRecord(2);
  *records.add_records() = GoodRecord(3);
  records.mutable_records(1)->mutable_transition()->mutable_observation()->set_reason("?");
  int unusable = 0;
  const auto taken = FromWire(records, kReceived, &unusable);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(unusable, 1);
  ASSERT_EQ(taken->records.size(), 3u);
  const auto* gap = std::get_if<store::StoredGap>(&taken->records[1].body);
  ASSERT_NE(gap, nullptr);
  EXPECT_EQ(gap->first_seq, 2u);
  EXPECT_EQ(gap->last_seq, 2u);
  EXPECT_THAT(gap->why, StartsWith("records.records[1].transition.observation.reason"));
}

TEST(RecordsTest, ALogEventThatCannotBeUsedIsAGap) {
  const struct {
    const char* field;
    std::function<void(v1::LogEvent*)> spoil;
  } cases[] = {
      {".kind", [](v1::LogEvent* e) { e->set_kind("agent"); }},
      {".first.wall_ns", [](v1::LogEvent* e) { e->clear_first(); }},
      {".last.wall_ns", [](v1::LogEvent* e) { e->mutable_last()->set_wall_ns(-1); }},
      {".count", [](v1::LogEvent* e) { e->set_count(0); }},
  };
  for (const auto& wrong : cases) {
    v1::Records records;
    v1::Record& record = *records.add_records();
    record.set_stream(v1::STREAM_LOG_EVENTS);
    record.set_seq(1);
    v1::LogEvent& event = *record.mutable_log_event();
    event.set_kind("log");
    event.set_target("/var/log/mysql/error.log");
    event.mutable_first()->set_wall_ns(kNow);
    event.mutable_last()->set_wall_ns(kNow);
    event.set_count(1);
    int unusable = 0;
    ASSERT_TRUE(FromWire(records, kReceived, &unusable).ok());
    ASSERT_EQ(unusable, 0);
    wrong.spoil(&event);
    const auto taken = FromWire(records, kReceived, &unusable);
    ASSERT_TRUE(taken.ok()) << taken.status();
    EXPECT_EQ(unusable, 1);
    EXPECT_THAT(std::get<store::StoredGap>(taken->records[0].body).why,
                StartsWith(std::string("records.records[0].log_event") + wrong.field));
  }
}

TEST(RecordsTest, AKindOfANewerAgentIsAGapAndItsStreamIsLeftOut) {
  v1::Records records;
  *records.add_records() = GoodRecord(1);
  records.mutable_records(0)->clear_body();
  *records.add_records() = GoodRecord(1);
  records.mutable_records(1)->set_stream(static_cast<v1::Stream>(7));
  int unusable = 0;
  const auto taken = FromWire(records, kReceived, &unusable);
  ASSERT_TRUE(taken.ok()) << taken.status();
  ASSERT_EQ(taken->records.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<store::StoredGap>(taken->records[0].body));
}

TEST(RecordsTest, AGapMustEndAtItsOwnNumber) {
  v1::Records records;
  v1::Record& record = *records.add_records();
  record = GoodRecord(9);
  record.mutable_gap()->set_first_seq(4);
  record.mutable_gap()->set_last_seq(9);
  record.mutable_gap()->set_why("bound reached");
  int unusable = 0;
  EXPECT_EQ(
      std::get<store::StoredGap>(FromWire(records, kReceived, &unusable)->records[0].body).why,
      "bound reached");
  EXPECT_EQ(unusable, 0);
  record.mutable_gap()->set_last_seq(8);
  ASSERT_TRUE(FromWire(records, kReceived, &unusable).ok());
  EXPECT_EQ(unusable, 1);
}

TEST(RecordsTest, WithoutANumberTheyAreRefused) {
  v1::Records records;
  *records.add_records() = GoodRecord(0);
  int unusable = 0;
  EXPECT_THAT(std::string(FromWire(records, kReceived, &unusable).status().message()),
              StartsWith("records.records[0].seq"));
}

}  // namespace
}  // namespace faultline::ingest
