// What becomes of records: those that cannot be used are gaps that say why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "collector/ingest/from_wire.h"
#include "tests/collector/ingest/wire_samples.h"

namespace faultline::ingest {
namespace {

using testing::StartsWith;

TEST(RecordsTest, OneThatCannotBeUsedBecomesAGapThatSaysWhy) {
  v1::Records records;
  *records.add_records() = GoodRecord(1);
  *records.add_records() = GoodRecord(2);
  *records.add_records() = GoodRecord(3);
  records.mutable_records(1)->mutable_transition()->mutable_observation()->set_reason("?");
  const auto taken = FromWire(records, kReceived);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(OnlyRefusal(taken->refused), std::get<store::StoredGap>(taken->records[1].body).why);
  EXPECT_EQ(taken->refused.entries[0].name, "unit:mysql.service");
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
    ASSERT_TRUE(FromWire(records, kReceived).ok());
    ASSERT_EQ(FromWire(records, kReceived)->refused.count, 0u);
    wrong.spoil(&event);
    const auto taken = FromWire(records, kReceived);
    ASSERT_TRUE(taken.ok()) << taken.status();
    EXPECT_EQ(taken->refused.count, 1u);
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
  const auto taken = FromWire(records, kReceived);
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
  EXPECT_EQ(std::get<store::StoredGap>(FromWire(records, kReceived)->records[0].body).why,
            "bound reached");
  EXPECT_EQ(FromWire(records, kReceived)->refused.count, 0u);
  record.mutable_gap()->set_last_seq(8);
  ASSERT_TRUE(FromWire(records, kReceived).ok());
  EXPECT_EQ(FromWire(records, kReceived)->refused.count, 1u);
}

TEST(RecordsTest, WithoutANumberTheyAreRefused) {
  v1::Records records;
  *records.add_records() = GoodRecord(0);
  EXPECT_THAT(std::string(FromWire(records, kReceived).status().message()),
              StartsWith("records.records[0].seq"));
}

}  // namespace
}  // namespace faultline::ingest
