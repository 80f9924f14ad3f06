// What is taken from the wire and what is refused, field by field.
#include "collector/ingest/from_wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "tests/collector/ingest/wire_samples.h"

namespace faultline::ingest {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

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

TEST(DeclarationsTest, ABadOneCostsItselfAndNamesTheFieldThatIsWrong) {
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
    declarations.mutable_checks(1)->set_number(7);
    wrong.spoil(declarations.mutable_checks(1));
    const auto taken = FromWire(declarations);
    ASSERT_TRUE(taken.ok()) << taken.status();
    EXPECT_EQ(taken->checks.size(), 1u);
    const std::string why = OnlyRefusal(taken->refused);
    EXPECT_THAT(why, StartsWith("declarations.checks[1]"));
    EXPECT_THAT(why, HasSubstr(wrong.field));
  }
}

TEST(DeclarationsTest, ABadOneIsShownByItsNameAndItsNumberMeansNothingElseAnyMore) {
  v1::CheckDeclarations declarations;
  v1::CheckDeclaration& bad = *declarations.add_checks() = GoodDeclaration();
  bad.set_number(7);
  bad.set_name("slow");
  bad.set_interval_ns(Span::Seconds(8 * 86'400).ns);
  const auto taken = FromWire(declarations);
  ASSERT_TRUE(taken.ok()) << taken.status();
  ASSERT_EQ(taken->refused.entries.size(), 1u);
  EXPECT_EQ(taken->refused.entries[0].name, "port:10.0.2.10:3306#slow");
  EXPECT_EQ(taken->refused.entries[0].number, 7u);
  EXPECT_EQ(taken->withdrawn, std::vector<uint32_t>{7});
}

TEST(DeclarationsTest, OfManyBadOnesAFewAreShownAndAllCounted) {
  v1::CheckDeclarations declarations;
  for (int i = 0; i < 1000; ++i) declarations.add_checks()->set_target(std::string(5000, 'x'));
  const auto taken = FromWire(declarations);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->refused.count, 1000u);
  EXPECT_EQ(taken->refused.entries.size(), model::kMaxRefused);
  EXPECT_LE(taken->refused.entries[0].name.size(), 200u);
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
  EXPECT_EQ(taken->refused.count, 0u);
  last.set_interval_ns(last.interval_ns() + 1);
  EXPECT_EQ(FromWire(declarations)->refused.count, 1u);
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
  EXPECT_THAT(OnlyRefusal(FromWire(declarations)->refused),
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

TEST(SnapshotTest, ABadEntryCostsItselfAndNamesTheFieldThatIsWrong) {
  v1::Snapshot snapshot;
  *snapshot.add_checks()->mutable_observation() = GoodObservation();
  for (int i = 0; i < 16; ++i) snapshot.add_positions()->set_seq(1);
  EXPECT_TRUE(FromWire(snapshot).ok());
  snapshot.add_positions()->set_seq(1);
  EXPECT_THAT(std::string(FromWire(snapshot).status().message()),
              StartsWith("snapshot.positions:"));
  snapshot.clear_positions();
  *snapshot.add_checks()->mutable_observation() = GoodObservation();
  snapshot.mutable_checks(0)->mutable_observation()->clear_observed();
  const auto taken = FromWire(snapshot);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->checks.size(), 1u);
  EXPECT_THAT(OnlyRefusal(taken->refused),
              StartsWith("snapshot.checks[0].observation.observed.wall_ns"));
  EXPECT_EQ(taken->refused.entries[0].number, 1u) << "who hears it knows the name";
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

TEST(ObservationTest, ABadOneCostsItselfAndNamesTheFieldThatIsWrong) {
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
    *gauges.add_observations() = GoodObservation();
    wrong.spoil(gauges.mutable_observations(0));
    const auto taken = FromWire(gauges);
    ASSERT_TRUE(taken.ok()) << taken.status();
    EXPECT_EQ(taken->observations.size(), 1u);
    EXPECT_THAT(OnlyRefusal(taken->refused),
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

}  // namespace
}  // namespace faultline::ingest
