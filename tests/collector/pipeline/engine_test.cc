// What a confused or hostile agent says must not hurt the engine.
#include "collector/pipeline/engine.h"

#include <gtest/gtest.h>

namespace faultline::pipeline {
namespace {

constexpr WallTime kStart{1'795'317'247'000'000'000};
const HostIdentity kDb{{{"shop", "prod"}, "db-1"}, "db"};
const CheckId kUnit{.kind = "unit", .target = "mysql.service"};

class EngineTest : public testing::Test {
 protected:
  void SetUp() override { engine_.Opened(1, kDb, {.spool_id = "s", .start_number = 1}, now_); }
  static SeenObservation Stopped() {
    return {.check = 2,
            .state = State::kCritical,
            .reason = "UNIT_INACTIVE",
            .observed = kStart,
            .since = kStart};
  }

  const incidents::Moment now_{kStart + Span::Seconds(60), {1}};
  Engine engine_{{}, {}, now_};
};

TEST_F(EngineTest, ACheckWithTwoNumbersMayBeWithdrawnByOne) {
  engine_.Input(
      1, DeclarationsMessage{.checks = {{.number = 1, .id = kUnit}, {.number = 2, .id = kUnit}}},
      now_);
  engine_.Input(1, DeclarationsMessage{.withdrawn = {1}}, now_);
  engine_.Input(1, SnapshotMessage{.checks = {{.observation = Stopped()}}}, now_);
  EXPECT_FALSE(engine_.Take(now_).picture->hosts.at(kDb.id)->checks.contains(kUnit));
}

TEST_F(EngineTest, HistoryEndsAlsoByAGapThatReachesPastIt) {
  engine_.Input(1, DeclarationsMessage{.checks = {{.number = 2, .id = kUnit}}}, now_);
  SeenObservation blind = Stopped();
  blind.state = State::kUnknown;
  engine_.Input(1,
                SnapshotMessage{.checks = {{.observation = blind}},
                                .positions = {{store::Stream::kTransitions, 5}}},
                now_);
  SeenObservation stopped = Stopped();
  engine_.Input(
      1,
      RecordsMessage{
          .records = {{.seq = 1, .start_number = 1, .check = kUnit, .body = stopped},
                      {.seq = 9, .body = store::StoredGap{.first_seq = 2, .last_seq = 9}}}},
      now_);
  const EngineOutput output = engine_.Take(now_);
  ASSERT_EQ(output.commit.outbox.size(), 1u) << "the check cannot look: history's word stands";
  EXPECT_EQ(output.commit.outbox[0].incident.reason, "UNIT_INACTIVE");
}

}  // namespace
}  // namespace faultline::pipeline
