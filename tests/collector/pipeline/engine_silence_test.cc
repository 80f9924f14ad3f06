// What the engine makes of silence while it could not hear, and of words that nobody asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/pipeline/engine.h"
#include "tests/collector/pipeline/engine_samples.h"

namespace faultline::pipeline {
namespace {

using testing::IsEmpty;

// web, data and app-1, who look at each other.
class EngineSilenceTest : public testing::Test {
 protected:
  EngineSilenceTest() {
    for (const char* name : {"web", "data", "app-1"}) {
      const uint64_t stream = ++last_;
      engine_->Opened(stream, {.id = {kDb.id.stack, name}, .role = ""},
                      {.addresses = {"10.0.1." + std::to_string(stream)},
                       .spool_id = name,
                       .start_number = 1,
                       .can_probe = true},
                      Now());
    }
    Pass(Span::Seconds(10));
  }

  incidents::Moment Now() const { return {now_, mono_}; }

  // Heartbeats of all but web once that is away; who is asked gets no answer from web then.
  void Pass(Span span, bool is_reading = true) {
    for (const MonoTime end = mono_ + span; mono_ < end;) {
      now_ = now_ + Span::Millis(250);
      mono_ = mono_ + Span::Millis(250);
      if (!is_reading) engine_->NotReading(Now());
      for (uint64_t stream = is_away_ ? 2 : 1; stream <= last_; ++stream) {
        engine_->Input(stream, HeartbeatMessage{.sent = now_, .received = now_}, Now());
      }
      engine_->Tick(Now());
      EngineOutput output = engine_->Take(Now());
      for (const ProbeRequest& probe : output.probes) {
        ProbeResultMessage result{.request = probe.request};
        result.paths.push_back({.answered = !is_away_ || probe.aim.addresses[0] != "10.0.1.1"});
        engine_->Input(probe.stream, result, Now());
      }
      for (const auto& said : output.commit.outbox) told_.push_back(said.incident.reason);
    }
  }

  void WebGoes() {
    is_away_ = true;
    engine_->Closed(1, Now());
  }

  WallTime now_ = kStart;
  MonoTime mono_{0};
  uint64_t last_ = 0;
  bool is_away_ = false;
  std::vector<std::string> told_;
  std::unique_ptr<Engine> engine_ =
      std::make_unique<Engine>(EngineOptions{}, store::Loaded{}, incidents::Moment{kStart, {0}});
};

TEST_F(EngineSilenceTest, NothingIsConcludedWhileNothingIsRead) {
  WebGoes();
  Pass(Span::Seconds(120), false);
  EXPECT_THAT(told_, IsEmpty());
  Pass(Span::Seconds(4));
  EXPECT_THAT(told_, testing::ElementsAre("HOST_GONE"));
}

TEST_F(EngineSilenceTest, AClockThatIsSetConcludesNothingAndHidesNothing) {
  WebGoes();
  now_ = now_ + Span::Seconds(3600);
  Pass(Span::Millis(1000));
  EXPECT_THAT(told_, IsEmpty()) << "an hour has not passed";
  now_ = now_ + Span{-Span::Seconds(7200).ns};
  Pass(Span::Seconds(3));
  EXPECT_THAT(told_, testing::ElementsAre("HOST_GONE"));
}

TEST_F(EngineSilenceTest, AnswersThatNobodyAskedForAreNone) {
  WebGoes();
  for (uint64_t request = 0; request < 1000; ++request) {
    ProbeResultMessage lie{.request = request};
    lie.paths.push_back({.answered = false});
    engine_->Input(2, lie, Now());
  }
  engine_->Tick(Now());
  for (const auto& said : engine_->Take(Now()).commit.outbox) told_.push_back(said.incident.reason);
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(EngineSilenceTest, AStreamThatEndsAfterTheHostIsGoneChangesNothing) {
  is_away_ = true;
  Pass(Span::Seconds(5));
  ASSERT_THAT(told_, testing::ElementsAre("HOST_GONE"));
  engine_->Closed(1, Now());
  Pass(Span::Seconds(120));
  EXPECT_THAT(told_, testing::SizeIs(1));
}

}  // namespace
}  // namespace faultline::pipeline
