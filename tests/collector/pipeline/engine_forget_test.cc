// Hosts that are taken out of the picture: asked for, after a long silence, under another name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "collector/pipeline/engine.h"
#include "tests/collector/pipeline/engine_samples.h"

namespace faultline::pipeline {
namespace {

using rules::Decision;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr Span Days(int64_t days) { return Span::Seconds(days * 86'400); }
const HostIdentity kNewName{{{"shop", "prod"}, "db-9"}, "db"};

class EngineForgetTest : public testing::Test {
 protected:
  incidents::Moment Now() const { return {now_, mono_}; }
  void Pass(Span span) {
    now_ = now_ + span;
    mono_ = mono_ + span;
  }
  // As the pipeline would, once a minute; who is connected says so.
  void PassInTicks(Span span) {
    for (const MonoTime end = mono_ + span; mono_ < end;) {
      Pass(Span::Seconds(60));
      for (const uint64_t stream : connected_) {
        engine_->Input(stream, HeartbeatMessage{.sent = now_, .received = now_}, Now());
      }
      engine_->Tick(Now());
      Take();
    }
  }
  static HelloMessage Hello(const std::string& boot, const std::string& address) {
    return {.addresses = {address}, .boot_id = boot, .spool_id = "spool", .start_number = 1};
  }
  uint64_t Open(const HostIdentity& host, const HelloMessage& hello) {
    engine_->Opened(++stream_, host, hello, Now());
    connected_.push_back(stream_);
    engine_->Input(stream_, DeclarationsMessage{.checks = {{.number = 1, .id = kUnit}}}, Now());
    SeenObservation seen{
        .check = 1, .state = State::kCritical, .reason = "UNIT_FAILED", .observed = now_};
    engine_->Input(stream_, SnapshotMessage{.checks = {{seen, 1}}}, Now());
    Take();
    return stream_;
  }
  void Close(uint64_t stream) {
    engine_->Closed(stream, Now());
    std::erase(connected_, stream);
    Take();
  }
  void Take() {
    EngineOutput output = engine_->Take(Now());
    for (const EngineOutput::Forgotten& gone : output.forgotten) {
      forgotten_.emplace_back(gone.host.host, gone.why);
    }
    for (const HostId& host : output.commit.forgotten) {
      std::erase_if(stored_, [&](const auto& row) { return row.identity.id == host; });
    }
    for (const auto& host : output.commit.hosts) {
      std::erase_if(stored_, [&](const auto& row) { return row.identity.id == host->identity.id; });
      stored_.push_back(*host);
      stored_.back().checks.clear();
    }
    for (const incidents::Notification& told : output.commit.outbox) {
      said_.push_back(told.incident.title);
    }
    for (const auto& entry : output.commit.timeline) timeline_.push_back(entry.text);
    if (output.picture != nullptr) picture_ = output.picture;
  }
  std::vector<std::string> Hosts() const {
    std::vector<std::string> names;
    for (const auto& [id, host] : picture_->hosts) names.push_back(id.host);
    return names;
  }
  // From what is stored of the hosts, as after a crash.
  void Restart(Span forget_after = Days(7)) {
    store::Loaded loaded;
    loaded.hosts = stored_;
    for (model::HostPicture& host : loaded.hosts) host.link = model::LinkState::kSilent;
    connected_.clear();
    engine_ = std::make_unique<Engine>(EngineOptions{.forget_after = forget_after},
                                       std::move(loaded), Now());
    Take();
  }

  WallTime now_ = kStart;
  MonoTime mono_{0};
  uint64_t stream_ = 0;
  std::vector<uint64_t> connected_;
  std::vector<std::pair<std::string, Decision>> forgotten_;
  std::vector<model::HostPicture> stored_;
  std::vector<std::string> said_;
  std::vector<std::string> timeline_;
  std::shared_ptr<const Picture> picture_;
  std::unique_ptr<Engine> engine_ =
      std::make_unique<Engine>(EngineOptions{}, store::Loaded{}, incidents::Moment{kStart, {0}});
};

TEST_F(EngineForgetTest, AHostThatIsHeardAndOneThatIsNotKnownAreRefused) {
  Open(kDb, Hello("boot", "10.0.2.10"));
  EXPECT_EQ(engine_->Forget(kDb.id, Decision::kHostForgotten, Now()), ForgetOutcome::kConnected);
  EXPECT_EQ(engine_->Forget(kNewName.id, Decision::kHostForgotten, Now()), ForgetOutcome::kUnknown);
  Take();
  EXPECT_THAT(Hosts(), ElementsAre("db-1"));
  EXPECT_THAT(forgotten_, IsEmpty());
}

TEST_F(EngineForgetTest, WhatItSaidEndsAndThatIsTold) {
  const uint64_t stream = Open(kDb, Hello("boot", "10.0.2.10"));
  Close(stream);
  PassInTicks(Span::Seconds(60));
  ASSERT_EQ(engine_->Forget(kDb.id, Decision::kHostForgotten, Now()), ForgetOutcome::kForgotten);
  Take();
  EXPECT_THAT(Hosts(), IsEmpty());
  EXPECT_THAT(stored_, IsEmpty());
  EXPECT_THAT(picture_->open_incidents, IsEmpty());
  ASSERT_THAT(said_, SizeIs(2));
  EXPECT_THAT(said_[1], HasSubstr("RESOLVED shop-prod: database is not watched any more. Host db-1 "
                                  "was forgotten."));
  EXPECT_EQ(timeline_[timeline_.size() - 2], "the host was forgotten");
  for (const auto& alert : *picture_->alerts) {
    EXPECT_EQ(alert->state, rules::AlertState::kWithdrawn);
    EXPECT_EQ(rules::DecisionText(alert->decision), "the host was forgotten");
  }
  EXPECT_EQ(engine_->Forget(kDb.id, Decision::kHostForgotten, Now()), ForgetOutcome::kUnknown);
}

TEST_F(EngineForgetTest, OneWhoseStreamHangsIsForgottenWithItsStream) {
  const uint64_t stream = Open(kDb, Hello("boot", "10.0.2.10"));
  for (int i = 0; i < 10; ++i) {  // no heartbeat any more
    Pass(Span::Millis(500));
    engine_->Tick(Now());
  }
  ASSERT_EQ(engine_->Forget(kDb.id, Decision::kHostForgotten, Now()), ForgetOutcome::kForgotten);
  const EngineOutput output = engine_->Take(Now());
  ASSERT_THAT(output.closes, SizeIs(1));
  EXPECT_EQ(output.closes[0].stream, stream);
  engine_->Input(stream, HeartbeatMessage{.sent = now_, .received = now_}, Now());
  engine_->Closed(stream, Now());
  Take();
  EXPECT_THAT(output.picture->hosts, IsEmpty());
}

TEST_F(EngineForgetTest, AnAckThatComesAfterwardsFindsNobody) {
  const uint64_t stream = Open(kDb, Hello("boot", "10.0.2.10"));
  SeenObservation seen{.state = State::kOk, .observed = now_};
  engine_->Input(
      stream, RecordsMessage{{{.seq = 2, .start_number = 1, .check = kUnit, .body = seen}}}, Now());
  const EngineOutput taken = engine_->Take(Now());
  ASSERT_THAT(taken.acks, SizeIs(1));
  Close(stream);
  engine_->Forget(kDb.id, Decision::kHostForgotten, Now());
  engine_->MarkDurable(taken.acks[0]);
  Take();
  EXPECT_THAT(Hosts(), IsEmpty());
}

TEST_F(EngineForgetTest, ALongSilenceForgetsByItself) {
  Close(Open(kDb, Hello("boot", "10.0.2.10")));
  PassInTicks({Days(7).ns - Span::Seconds(120).ns});
  EXPECT_THAT(Hosts(), ElementsAre("db-1"));
  PassInTicks(Span::Seconds(240));
  EXPECT_THAT(Hosts(), IsEmpty());
  EXPECT_THAT(forgotten_, ElementsAre(Pair("db-1", Decision::kHostSilentTooLong)));
  EXPECT_THAT(said_.back(), HasSubstr("nothing was heard of it for too long"));
  EXPECT_THAT(timeline_[timeline_.size() - 2], HasSubstr("nothing was heard of it for too long"));
}

TEST_F(EngineForgetTest, WhoIsConnectedOrMayStayIsNot) {
  Open(kDb, Hello("boot", "10.0.2.10"));
  PassInTicks(Days(8));
  EXPECT_THAT(Hosts(), ElementsAre("db-1"));
  Restart(Span{});  // hosts.forget_after: off
  PassInTicks(Days(30));
  EXPECT_THAT(Hosts(), ElementsAre("db-1"));
}

TEST_F(EngineForgetTest, ASilenceCountsOverARestartFromWhenItWasHeardLast) {
  Open(kDb, Hello("boot", "10.0.2.10"));
  PassInTicks(Days(8));
  Restart();  // killed: nothing was written at the end
  PassInTicks(Days(6));
  EXPECT_THAT(Hosts(), ElementsAre("db-1"));
  Restart();
  PassInTicks(Days(2));
  EXPECT_THAT(forgotten_, ElementsAre(Pair("db-1", Decision::kHostSilentTooLong)));
}

TEST_F(EngineForgetTest, AClockThatIsAheadForgetsNobody) {
  Close(Open(kDb, Hello("boot", "10.0.2.10")));
  now_ = now_ + Days(40);  // in the middle of the run
  PassInTicks(Days(1));
  EXPECT_THAT(Hosts(), ElementsAre("db-1"));
  now_ = now_ + Days(40);  // at the start; put right half an hour later
  Restart();
  PassInTicks(Span::Seconds(1800));
  now_ = now_ + Span{-Days(80).ns};
  PassInTicks(Days(1));
  EXPECT_THAT(Hosts(), ElementsAre("db-1"));
}

TEST_F(EngineForgetTest, ARenamedMachineLeavesNothingOfItsOldName) {
  Close(Open(kDb, Hello("boot", "10.0.2.10")));
  Pass(Span::Seconds(60));
  Open(kNewName, Hello("boot", "10.0.2.10"));
  EXPECT_THAT(Hosts(), ElementsAre("db-9"));
  EXPECT_THAT(forgotten_, ElementsAre(Pair("db-1", Decision::kHostRenamed)));
}

TEST_F(EngineForgetTest, ACopyOfItsDiskIsAnotherMachine) {
  Close(Open(kDb, Hello("boot", "10.0.2.10")));
  Open(kNewName, Hello("another boot", "10.0.2.11"));
  EXPECT_THAT(Hosts(), UnorderedElementsAre("db-1", "db-9"));
}

TEST_F(EngineForgetTest, NobodyTakesTheNameOfOneThatIsHeard) {
  Open(kDb, Hello("boot", "10.0.2.10"));
  Open(kNewName, Hello("boot", "10.0.2.10"));
  EXPECT_THAT(Hosts(), UnorderedElementsAre("db-1", "db-9"));
}

}  // namespace
}  // namespace faultline::pipeline
