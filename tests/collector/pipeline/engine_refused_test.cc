// What of an agent's messages cannot be used is shown with its host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "collector/pipeline/engine.h"
#include "tests/collector/pipeline/engine_samples.h"

namespace faultline::pipeline {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class EngineRefusedTest : public testing::Test {
 protected:
  EngineRefusedTest() {
    Open();
    Input(DeclarationsMessage{.checks = {{.number = 1, .id = kUnit}}});
  }
  incidents::Moment Now() const { return {now_, {(now_ - kStart).ns}}; }
  void Open() { engine_.Opened(++stream_, kDb, {.spool_id = "spool", .start_number = 1}, Now()); }
  void Input(AgentInput input) {
    now_ = now_ + Span::Seconds(1);
    engine_.Input(stream_, input, Now());
  }
  static Refusals Refused(const std::string& name, uint32_t number) {
    return {.entries = {{.name = name, .number = number, .why = "field: wrong"}}, .count = 1};
  }
  const model::HostPicture& Host() {
    EngineOutput output = engine_.Take(Now());
    told_ = output.changes.hosts.size();
    if (output.picture != nullptr) picture_ = output.picture;
    return *picture_->hosts.at(kDb.id);
  }

  WallTime now_ = kStart;
  uint64_t stream_ = 0;
  size_t told_ = 0;
  std::shared_ptr<const Picture> picture_;
  Engine engine_{EngineOptions{}, store::Loaded{}, incidents::Moment{kStart, {0}}};
};

TEST_F(EngineRefusedTest, IsShownByNameWithItsReasonAndHowOften) {
  Input(GaugesMessage{.refused = Refused("", 1)});
  Input(GaugesMessage{.refused = Refused("", 1)});
  Input(GaugesMessage{.refused = Refused("", 99)});
  const model::HostPicture& host = Host();
  ASSERT_THAT(host.refused, SizeIs(2));
  EXPECT_EQ(host.refused[0].name, "unit:mysql.service");
  EXPECT_EQ(host.refused[0].why, "field: wrong");
  EXPECT_EQ(host.refused[0].times, 2u);
  EXPECT_EQ(host.refused[0].at, now_ - Span::Seconds(1));
  EXPECT_EQ(host.refused[1].name, "check number 99");
  Input(GaugesMessage{.refused = Refused("", 1)});
  EXPECT_EQ(Host().refused.back().times, 3u);
  EXPECT_EQ(told_, 0u) << "the same again is no event";
}

TEST_F(EngineRefusedTest, OnlyTheNewestFewAreShown) {
  for (uint32_t i = 0; i < 100; ++i) {
    Input(RecordsMessage{.refused = Refused(absl::StrCat("unit:", i), 0)});
  }
  ASSERT_THAT(Host().refused, SizeIs(model::kMaxRefused));
  EXPECT_EQ(Host().refused.back().name, "unit:99");
}

TEST_F(EngineRefusedTest, ADeclarationThatIsPutRightIsShownNoMore) {
  Input(DeclarationsMessage{.withdrawn = {2}, .refused = Refused("unit:bad", 2)});
  ASSERT_THAT(Host().refused, SizeIs(1));
  Input(DeclarationsMessage{.checks = {{.number = 2, .id = {.kind = "unit", .target = "good"}}}});
  EXPECT_THAT(Host().refused, IsEmpty());
  Input(DeclarationsMessage{.withdrawn = {3}, .refused = Refused("unit:bad", 3)});
  Input(DeclarationsMessage{.withdrawn = {3}});
  EXPECT_THAT(Host().refused, IsEmpty());
}

TEST_F(EngineRefusedTest, ANumberThatMeansABadCheckSpeaksOfNoOther) {
  SeenObservation seen{.check = 1, .state = State::kOk, .observed = now_};
  Input(SnapshotMessage{.checks = {{seen, 1}}});
  Input(DeclarationsMessage{.withdrawn = {1}, .refused = Refused("unit:bad", 1)});
  EXPECT_FALSE(Host().checks.contains(kUnit));
  EXPECT_THAT(Host().refused, SizeIs(1));
}

TEST_F(EngineRefusedTest, ANewConnectionBeginsAnew) {
  Input(RecordsMessage{.refused = Refused("unit:bad", 0)});
  ASSERT_THAT(Host().refused, SizeIs(1));
  Open();
  EXPECT_THAT(Host().refused, IsEmpty());
}

}  // namespace
}  // namespace faultline::pipeline
