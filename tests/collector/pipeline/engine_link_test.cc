// What the engine makes of who is connected, how often, and by which clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "collector/model/join.h"
#include "collector/pipeline/engine.h"
#include "tests/collector/pipeline/engine_samples.h"

namespace faultline::pipeline {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class EngineLinkTest : public testing::Test {
 protected:
  incidents::Moment Now() const { return {now_, mono_}; }
  void Pass(Span span) {
    now_ = now_ + span;
    mono_ = mono_ + span;
  }
  // Half a second at a time, as the pipeline would, without a word from any agent.
  void PassInTicks(Span span) {
    for (const MonoTime end = mono_ + span; mono_ < end;) {
      Pass(Span::Millis(500));
      engine_->Tick(Now());
    }
  }
  uint64_t Open(const std::string& spool) {
    engine_->Opened(++stream_, kDb, {.spool_id = spool, .start_number = 1}, Now());
    return stream_;
  }
  void Input(AgentInput input) { engine_->Input(stream_, input, Now()); }
  // Record `seq` of this stream: the unit is in `state`.
  void Record(uint64_t seq, State state, const std::string& reason) {
    SeenObservation seen{.state = state, .reason = reason, .observed = now_};
    Input(RecordsMessage{{{.seq = seq, .start_number = 1, .check = kUnit, .body = seen}}});
  }
  void MakeDurable() {
    for (const EngineOutput::Ack& ack : engine_->Take(Now()).acks) engine_->MarkDurable(ack);
  }
  model::LinkState Link() {
    const EngineOutput output = engine_->Take(Now());
    if (output.picture != nullptr) link_ = output.picture->hosts.at(kDb.id)->link;
    return link_;
  }
  void Restart(store::Loaded loaded) {
    // What becomes of hosts that do not come back has its own tests.
    EngineOptions options;
    options.patience.silent_host = {};
    engine_ = std::make_unique<Engine>(options, std::move(loaded), Now());
  }

  WallTime now_ = kStart;
  MonoTime mono_{0};
  uint64_t stream_ = 0;
  model::LinkState link_ = model::LinkState::kGoodbye;
  std::unique_ptr<Engine> engine_ =
      std::make_unique<Engine>(EngineOptions{}, store::Loaded{}, incidents::Moment{kStart, {0}});
};

TEST_F(EngineLinkTest, TwoAgentsThatReplaceEachOtherInTurnAreBounded) {
  Open("first");
  int replaced = 0;
  int refused = 0;
  for (int i = 0; i < 100; ++i) {
    Pass(Span::Millis(100));
    const uint64_t newest = Open(i % 2 == 0 ? "second" : "first");
    for (const EngineOutput::Close& close : engine_->Take(Now()).closes) {
      ++(close.stream == newest ? refused : replaced);
      EXPECT_THAT(close.why, HasSubstr("host")) << "says why";
    }
    if (refused == 0) Input(HeartbeatMessage{.sent = now_, .received = now_});
  }
  EXPECT_EQ(replaced + refused, 100);
  EXPECT_LE(replaced, 30) << "at most five in the time that the one that stays is heard";
  EXPECT_GT(refused, 0);
}

TEST_F(EngineLinkTest, AnAgentThatIsNotHeardAnyMoreIsReplacedHoweverOften) {
  for (int i = 0; i < 20; ++i) {
    const uint64_t newest = Open("first");
    for (const EngineOutput::Close& close : engine_->Take(Now()).closes) {
      EXPECT_NE(close.stream, newest);
    }
    Pass(Span::Seconds(3));
  }
}

TEST_F(EngineLinkTest, WhatWasTakenButIsNotYetDurableIsNotTakenAgain) {
  Open("spool");
  Input(DeclarationsMessage{.checks = {{.number = 1, .id = kUnit}}});
  Input(SnapshotMessage{});
  Record(1, State::kCritical, "UNIT_FAILED");
  EXPECT_THAT(engine_->Take(Now()).commit.transitions, SizeIs(1));
  Open("spool");
  EngineOutput output = engine_->Take(Now());
  ASSERT_THAT(output.welcomes, SizeIs(1));
  EXPECT_THAT(output.welcomes[0].acknowledged, IsEmpty()) << "the store has not said so";
  Record(1, State::kCritical, "UNIT_FAILED");
  output = engine_->Take(Now());
  EXPECT_THAT(output.commit.transitions, IsEmpty());
  EXPECT_THAT(output.commit.timeline, IsEmpty());
  ASSERT_THAT(output.acks, SizeIs(1)) << "the new stream must hear of it, too";
  EXPECT_EQ(output.acks[0].positions.at(kTransitions), 1u);
}

TEST_F(EngineLinkTest, ANewSpoolBeginsAnewAndTheOldOneIsRemembered) {
  Open("old");
  Record(7, State::kOk, "");
  MakeDurable();
  Open("new");
  EXPECT_THAT(engine_->Take(Now()).welcomes[0].acknowledged, IsEmpty());
  Open("old");
  EXPECT_EQ(engine_->Take(Now()).welcomes[0].acknowledged.at(kTransitions), 7u);
}

TEST_F(EngineLinkTest, OfManySpoolsOnlyTheNewestAreRemembered) {
  for (int i = 0; i < 100; ++i) {
    Open(absl::StrCat("spool-", i));
    Record(7, State::kOk, "");
    MakeDurable();
    engine_->Closed(stream_, Now());
  }
  Open("spool-99");
  EXPECT_EQ(engine_->Take(Now()).welcomes[0].acknowledged.at(kTransitions), 7u);
  engine_->Closed(stream_, Now());
  Open("spool-0");
  EXPECT_THAT(engine_->Take(Now()).welcomes[0].acknowledged, IsEmpty());
}

TEST_F(EngineLinkTest, OfTheStoresManySpoolsTheHostsOwnIsRemembered) {
  store::Loaded loaded;
  loaded.hosts.push_back({.identity = kDb, .spool_id = "spool-99"});
  for (int i = 0; i < 100; ++i) {
    loaded.positions.push_back({kDb.id, absl::StrCat("spool-", i), kTransitions, 7});
  }
  Restart(std::move(loaded));
  Open("spool-99");
  EXPECT_EQ(engine_->Take(Now()).welcomes[0].acknowledged.at(kTransitions), 7u);
}

TEST_F(EngineLinkTest, AClockThatIsSetBackDoesNotHideASilentAgent) {
  Open("spool");
  PassInTicks(Span::Seconds(1));
  now_ = now_ - Span::Seconds(3600);
  PassInTicks(Span::Seconds(4));
  EXPECT_EQ(Link(), model::LinkState::kSilent);
}

TEST_F(EngineLinkTest, AClockThatIsSetAheadMakesNobodySilent) {
  Open("spool");
  PassInTicks(Span::Seconds(1));
  now_ = now_ + Span::Seconds(3600);
  engine_->Tick(Now());
  Pass(Span::Millis(500));
  engine_->Tick(Now());
  EXPECT_EQ(Link(), model::LinkState::kConnected);
}

TEST_F(EngineLinkTest, AGraceThatWasSavedWithAClockAheadIsNotLongerForIt) {
  store::Loaded loaded;
  loaded.hosts.push_back({.identity = kDb});
  const WallTime ahead = kStart + Span::Seconds(86'400);
  // As every store has it that was written since 0.1.0.
  loaded.alerts.push_back({.id = "shop/prod/db-1/unit:mysql.service/ServiceDown",
                           .rule = "ServiceDown",
                           .host = kDb.id,
                           .check = kUnit,
                           .subject = "database",
                           .reason = "UNIT_RESTARTING",
                           .decision = rules::Decision::kWaitingForGrace,
                           .since = ahead,
                           .received = ahead,
                           .deadline = ahead + Span::Seconds(30)});
  Restart(std::move(loaded));
  PassInTicks(Span::Seconds(60));
  const EngineOutput output = engine_->Take(Now());
  ASSERT_THAT(output.commit.outbox, SizeIs(1));
  EXPECT_EQ(output.commit.outbox[0].incident.reason, "UNIT_RESTARTING");
}

TEST_F(EngineLinkTest, AHostThatGotAnotherAddressIsFoundUnderThat) {
  engine_->Opened(++stream_, kDb,
                  {.addresses = {"10.0.2.10"}, .spool_id = "spool", .start_number = 1}, Now());
  engine_->Take(Now());
  Input(HostFactsMessage{
      .addresses = {"10.0.2.99"}, .instance_id = "i-0123456789abcdef0", .region = "us-east-1"});
  const EngineOutput output = engine_->Take(Now());
  ASSERT_NE(output.picture, nullptr);
  const model::Hosts& hosts = output.picture->hosts;
  const HostId app{{"shop", "prod"}, "app-1"};
  EXPECT_EQ(model::HostByAddress(hosts, app, "10.0.2.99"), hosts.at(kDb.id).get());
  EXPECT_EQ(model::HostByAddress(hosts, app, "10.0.2.10"), nullptr);
  EXPECT_EQ(hosts.at(kDb.id)->instance_id, "i-0123456789abcdef0");
  ASSERT_THAT(output.commit.hosts, SizeIs(1)) << "a restarted collector would not know";
  EXPECT_EQ(output.commit.hosts[0]->region, "us-east-1");
  EXPECT_THAT(output.changes.hosts, SizeIs(1)) << "the live feed would not tell";
}

TEST_F(EngineLinkTest, OnePictureAsksAHostOnceForASubject) {
  Open("spool");
  const CheckId first{.kind = "listener", .target = "3306"};
  const CheckId second{.kind = "listener", .target = "33060", .name = ""};
  Input(DeclarationsMessage{.checks = {{.number = 1, .id = first, .subject = "database"},
                                       {.number = 2, .id = second, .subject = "database"}}});
  const auto gone = [&](uint32_t number) {
    return SnapshotMessage::Status{
        {.check = number, .state = State::kCritical, .reason = "NOT_LISTENING", .observed = now_},
        0};
  };
  Input(SnapshotMessage{.checks = {gone(1), gone(2)}});
  const EngineOutput output = engine_->Take(Now());
  ASSERT_THAT(output.looks, SizeIs(1));
  EXPECT_THAT(output.looks[0].checks, SizeIs(2));
  EXPECT_FALSE(output.looks[0].for_person);
}

TEST_F(EngineLinkTest, AStackIsAskedToLookAtEverythingAQuestionAKind) {
  Open("spool");
  Input(DeclarationsMessage{.checks = {{.number = 1, .id = kUnit},
                                       {.number = 2, .id = {"unit", "cron.service", ""}},
                                       {.number = 3, .id = {"disk", "/", ""}}}});
  MakeDurable();
  engine_->AskStack({"shop", "staging"});
  EXPECT_THAT(engine_->Take(Now()).looks, SizeIs(0));
  engine_->AskStack({"shop", "prod"});
  const EngineOutput output = engine_->Take(Now());
  ASSERT_THAT(output.looks, SizeIs(2));
  EXPECT_THAT(output.looks[0].checks, testing::ElementsAre(3u));
  EXPECT_THAT(output.looks[1].checks, testing::ElementsAre(1u, 2u));
  EXPECT_GE(output.looks[1].deadline, Span::Seconds(10)) << "a page's timeout, twice";
  EXPECT_TRUE(output.looks[0].for_person && output.looks[1].for_person);
}

// What a collector that is started now would go on from, after what this one has written.
store::Loaded AfterRestart(const std::vector<store::Commit>& commits) {
  store::Loaded loaded;
  for (const store::Commit& commit : commits) {
    for (const auto& host : commit.hosts) {
      loaded.hosts = {*host};
      loaded.hosts[0].checks.clear();
      if (host->link == model::LinkState::kConnected) loaded.hosts[0].link = {};
    }
    loaded.alerts = commit.alerts.empty() ? loaded.alerts : commit.alerts;
  }
  for (const store::Commit& commit : commits) {
    for (const auto& host : commit.relinked) {
      loaded.hosts.at(0).checks = host->checks;
      loaded.hosts.at(0).checks.erase(AgentCheckId(host->identity.id));
      if (host->link == model::LinkState::kConnected) loaded.hosts.at(0).checks.clear();
    }
  }
  return loaded;
}

class LastWordTest : public EngineLinkTest {
 protected:
  void Connect(State state, const std::string& reason) {
    Open("first");
    Input(DeclarationsMessage{.checks = {{.number = 1, .id = kUnit}}, .withdrawn = {}});
    SeenObservation seen{.check = 1, .state = state, .reason = reason, .observed = now_};
    Input(SnapshotMessage{.checks = {{.observation = seen, .last_seq = 1}},
                          .positions = {{kTransitions, 1}}});
  }
  void Commit() {
    engine_->Tick(Now());
    commits_.push_back(engine_->Take(Now()).commit);
  }
  const model::HostPicture& Host() {
    const EngineOutput output = engine_->Take(Now());
    if (output.picture != nullptr) picture_ = output.picture;
    return *picture_->hosts.at(kDb.id);
  }

  std::vector<store::Commit> commits_;
  std::shared_ptr<const Picture> picture_;
};

TEST_F(LastWordTest, OfAHostThatIsAwayOutlivesTheCollector) {
  using End = std::function<void()>;
  const std::pair<const char*, End> ends[] = {
      {"goodbye", [this] { Input(GoodbyeMessage{HostStop::kPowerOff}); }},
      {"closed", [this] { engine_->Closed(stream_, Now()); }},
      {"silent", [this] { PassInTicks(Span::Seconds(4)); }},
  };
  for (const auto& [name, end] : ends) {
    SCOPED_TRACE(name);
    Restart({});
    commits_.clear();
    Connect(State::kOk, "");
    Commit();
    end();
    Commit();
    Pass(Span::Seconds(60));
    Restart(AfterRestart(commits_));
    ASSERT_THAT(Host().checks, SizeIs(1));
    EXPECT_EQ(Host().checks.at(kUnit).state, State::kOk);
    EXPECT_NE(Host().link, model::LinkState::kConnected);
    PassInTicks(Span::Seconds(30));
    EXPECT_THAT(Host().checks, SizeIs(2)) << "with the collector's own word of it";
    EXPECT_EQ(Host().checks.at(kUnit).state, State::kOk);
  }
}

TEST_F(LastWordTest, OfARecordAfterTheGoodbyeIsItsLast) {
  Connect(State::kOk, "");
  Commit();
  Input(GoodbyeMessage{HostStop::kShutdown});
  Commit();
  Record(2, State::kCritical, "UNIT_INACTIVE");
  Commit();
  engine_->Closed(stream_, Now());
  Commit();
  Restart(AfterRestart(commits_));
  EXPECT_EQ(Host().checks.at(kUnit).state, State::kCritical);
}

TEST_F(LastWordTest, IsGoneWhenTheHostIsBackAndSaysOtherwise) {
  Connect(State::kOk, "");
  Commit();
  engine_->Closed(stream_, Now());
  Commit();
  Connect(State::kOk, "");
  Commit();
  ASSERT_THAT(commits_.back().relinked, SizeIs(1));
  EXPECT_EQ(commits_.back().relinked[0]->link, model::LinkState::kConnected);

  engine_->Closed(stream_, Now());
  Commit();
  Restart(AfterRestart(commits_));
  Open("first");
  const CheckId other{.kind = "disk", .target = "/"};
  Input(DeclarationsMessage{.checks = {{.number = 1, .id = other}}, .withdrawn = {}});
  Input(SnapshotMessage{.checks = {}, .positions = {}});
  EXPECT_FALSE(Host().checks.contains(kUnit)) << "it does not have that any more";
  EXPECT_TRUE(Host().checks.contains(other));
}

TEST_F(LastWordTest, RaisesNothingAnew) {
  // Nothing had been raised of it: the store is all that says it was not well.
  Connect(State::kCritical, "UNIT_FAILED");
  Commit();
  Input(GoodbyeMessage{HostStop::kShutdown});
  Commit();
  store::Loaded loaded = AfterRestart(commits_);
  ASSERT_EQ(loaded.hosts.at(0).checks.at(kUnit).state, State::kCritical);
  loaded.alerts.clear();
  Restart(std::move(loaded));
  for (int i = 0; i < 600; ++i) {
    PassInTicks(Span::Seconds(1));
    for (const rules::Alert& alert : engine_->Take(Now()).commit.alerts) {
      EXPECT_EQ(alert.check, AgentCheckId(kDb.id));
    }
  }
}

}  // namespace
}  // namespace faultline::pipeline
