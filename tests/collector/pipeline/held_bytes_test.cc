#include "collector/pipeline/held_bytes.h"

#include <gtest/gtest.h>

#include "collector/pipeline/input_size.h"

namespace faultline::pipeline {
namespace {

TEST(HeldBytesTest, AStreamThatHoldsTooMuchWaitsAndTheOthersGoOn) {
  HeldBytes bytes({.of_stream = 100, .of_all = 1000});
  bytes.Add({1, 60});
  EXPECT_TRUE(bytes.HasRoom(1));
  bytes.Add({1, 60});
  EXPECT_FALSE(bytes.HasRoom(1));
  EXPECT_TRUE(bytes.HasRoom(2));
  bytes.Drop({{1, 60}});
  EXPECT_TRUE(bytes.HasRoom(1));
}

TEST(HeldBytesTest, WhenAllHoldTooMuchOnlyWhoHoldsNothingMaySpeak) {
  HeldBytes bytes({.of_stream = 100, .of_all = 150});
  bytes.Add({1, 80});
  bytes.Add({2, 80});
  EXPECT_FALSE(bytes.HasRoom(1));
  EXPECT_FALSE(bytes.HasRoom(2));
  EXPECT_TRUE(bytes.HasRoom(3));
  bytes.Drop({{1, 80}, {2, 80}});
  EXPECT_TRUE(bytes.HasRoom(1));
  EXPECT_EQ(bytes.all(), 0u);
}

TEST(InputSizeTest, TextsCount) {
  const std::string text(100'000, 'x');
  store::StoredLogEvent event;
  event.sample = text;
  RecordMessage log{.stream = store::Stream::kLogEvents, .body = event};
  SeenObservation seen;
  seen.detail = text;
  seen.evidence = {{text, {}}};
  RecordMessage transition{.body = seen};
  SnapshotMessage snapshot;
  snapshot.checks = {{seen, 0}};
  EXPECT_GE(BytesOf(RecordsMessage{{log, transition}}), 300'000u);
  EXPECT_GE(BytesOf(snapshot), 200'000u);
  EXPECT_GE(BytesOf(GaugesMessage{{seen}}), 200'000u);
  EXPECT_GE(BytesOf(LookResultMessage{.observations = {seen}}), 200'000u);
  EXPECT_LT(BytesOf(HeartbeatMessage{}), 200u);
}

}  // namespace
}  // namespace faultline::pipeline
