// What a single agent may do to the engine: say things twice, out of order, never, or at random.
#include "collector/pipeline/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "tests/collector/pipeline/engine_samples.h"

namespace faultline::pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class EngineTest : public testing::Test {
 protected:
  incidents::Moment Now() const { return {now_, {now_.ns - kStart.ns}}; }

  void Open(const HostIdentity& host = kDb) {
    engine_.Opened(++stream_, host, {.spool_id = "spool", .start_number = 1}, Now());
  }
  void Input(const AgentInput& input) { engine_.Input(stream_, input, Now()); }
  void Declare(std::vector<DeclaredCheck> checks) { Input(DeclarationsMessage{std::move(checks)}); }

  SeenObservation Seen(State state, const std::string& reason, uint32_t number = 0) const {
    return {.check = number, .state = state, .reason = reason, .observed = now_};
  }
  RecordMessage Transition(uint64_t seq, State state, const std::string& reason) const {
    return {.seq = seq, .start_number = 1, .check = kUnit, .body = Seen(state, reason)};
  }
  RecordMessage Gap(uint64_t first, uint64_t last) const {
    return {.seq = last,
            .start_number = 1,
            .body = store::StoredGap{.first_seq = first, .last_seq = last, .why = "bound reached"}};
  }

  // Everything since the last call, made durable.
  EngineOutput Take() {
    EngineOutput output = engine_.Take(Now());
    for (const EngineOutput::Ack& ack : output.acks) engine_.MarkDurable(ack);
    if (output.picture != nullptr) picture_ = output.picture;
    return output;
  }
  std::vector<std::string> Said() {
    std::vector<std::string> said;
    for (const incidents::Notification& told : Take().commit.outbox) {
      said.push_back(absl::StrCat(std::string(incidents::NotificationEventName(told.event)), " ",
                                  told.incident.reason));
    }
    return said;
  }
  model::LinkState Link() {
    Take();
    return picture_->hosts.at(kDb.id)->link;
  }

  WallTime now_ = kStart;
  uint64_t stream_ = 0;
  Engine engine_{{}, {}, {kStart, {0}}};
  std::shared_ptr<const Picture> picture_;
};

TEST_F(EngineTest, HistoryAlsoEndsInsideAGap) {
  Open();
  Declare({{.number = 1, .id = kUnit}});
  Input(
      SnapshotMessage{.checks = {{Seen(State::kOk, "", 1), 3}}, .positions = {{kTransitions, 3}}});
  Take();
  Input(RecordsMessage{{Transition(1, State::kCritical, "UNIT_INACTIVE")}});
  EXPECT_THAT(Said(), IsEmpty()) << "it is history, and its end is not known yet";
  // Records 2 and 3 were dropped at the spool's bound, together with a newer one.
  Input(RecordsMessage{{Gap(2, 4)}});
  EXPECT_THAT(Said(), ElementsAre("resolved UNIT_INACTIVE"));
}

TEST_F(EngineTest, ACheckUnderTwoNumbersMayLoseOneOfThem) {
  Open();
  Declare({{.number = 1, .id = kUnit}, {.number = 2, .id = kUnit}});
  Input(DeclarationsMessage{.withdrawn = {1}});
  Input(SnapshotMessage{.checks = {{Seen(State::kCritical, "UNIT_FAILED", 2), 0}}});
  Take();
  for (const auto& [id, check] : picture_->hosts.at(kDb.id)->checks) EXPECT_EQ(check.id, id);
}

TEST_F(EngineTest, AHostHasOnlySoManyChecks) {
  Open();
  for (uint32_t number = 1; number <= 3000; ++number) {
    Declare({{.number = number, .id = {.kind = "unit", .target = absl::StrCat("u", number)}}});
  }
  Take();
  EXPECT_LE(picture_->hosts.at(kDb.id)->checks.size(), 2000u);
}

TEST_F(EngineTest, AHoleInWhatAnAgentSendsIsWrittenDown) {
  Open();
  Declare({{.number = 1, .id = kUnit}});
  Input(SnapshotMessage{});
  Input(RecordsMessage{{Transition(1, State::kOk, ""), Transition(5, State::kOk, "")}});
  const EngineOutput output = Take();
  ASSERT_EQ(output.commit.gaps.size(), 1u);
  EXPECT_EQ(output.commit.gaps[0].first_seq, 2u);
  EXPECT_EQ(output.commit.gaps[0].last_seq, 4u);
}

TEST_F(EngineTest, WhatCameTwiceIsAcknowledgedAgainAndKeptOnce) {
  Open();
  Declare({{.number = 1, .id = kUnit}});
  Input(SnapshotMessage{});
  Input(RecordsMessage{{Transition(1, State::kCritical, "UNIT_FAILED")}});
  Take();
  Input(RecordsMessage{{Transition(1, State::kCritical, "UNIT_FAILED")}});
  const EngineOutput again = Take();
  EXPECT_THAT(again.commit.transitions, IsEmpty());
  ASSERT_EQ(again.acks.size(), 1u);
  EXPECT_EQ(again.acks[0].positions.at(kTransitions), 1u);
}

TEST_F(EngineTest, GaugesBringTheDetailUpToDateButNoOtherState) {
  Open();
  Declare({{.number = 1, .id = kUnit}});
  Input(SnapshotMessage{.checks = {{Seen(State::kWarning, "ERROR_BURST", 1), 0}}});
  SeenObservation later = Seen(State::kWarning, "ERROR_BURST", 1);
  later.detail = "at least 1000 error lines";
  Input(GaugesMessage{{later}});
  Take();
  EXPECT_EQ(picture_->hosts.at(kDb.id)->checks.at(kUnit).detail, "at least 1000 error lines");
  SeenObservation other = Seen(State::kOk, "", 1);
  other.detail = "no error lines";
  Input(GaugesMessage{{other}});
  Take();
  EXPECT_EQ(picture_->hosts.at(kDb.id)->checks.at(kUnit).detail, "at least 1000 error lines");
}

TEST_F(EngineTest, EvidenceThatComesAfterItsTransitionIsInTheIncidentAndIsNoSecondMessage) {
  Open();
  Declare({{.number = 1, .id = kUnit}});
  Input(SnapshotMessage{.checks = {{Seen(State::kOk, "", 1), 0}}});
  Input(RecordsMessage{{Transition(1, State::kCritical, "UNIT_INACTIVE")}});
  const EngineOutput opened = Take();
  ASSERT_EQ(opened.commit.outbox.size(), 1u);
  SeenObservation later = Seen(State::kCritical, "UNIT_INACTIVE", 1);
  later.evidence = {{"sudo log: ubuntu ran \"systemctl stop mysql\"", now_}};
  Input(GaugesMessage{{later}});
  const EngineOutput output = Take();
  ASSERT_EQ(output.commit.incidents.size(), 1u);
  ASSERT_FALSE(output.commit.incidents[0].evidence.empty());
  EXPECT_EQ(output.commit.incidents[0].evidence[0].text, later.evidence[0].text);
  EXPECT_THAT(output.commit.outbox, IsEmpty());
  // Known by now: nothing to write down.
  Input(GaugesMessage{{later}});
  EXPECT_THAT(Take().commit.incidents, IsEmpty());
}

TEST_F(EngineTest, TheCauseThatIsFoundAfterTheFirstMessageIsToldOnce) {
  const CheckId log{.kind = "log", .target = "mysql.service"};
  Open();
  Declare({{.number = 1, .id = kUnit}, {.number = 2, .id = log}});
  Input(SnapshotMessage{.checks = {{Seen(State::kOk, "", 1), 0}, {Seen(State::kOk, "", 2), 0}}});
  Input(RecordsMessage{{Transition(1, State::kCritical, "UNIT_FAILED")}});
  EXPECT_THAT(Said(), ElementsAre("opened UNIT_FAILED"));
  RecordMessage line = Transition(2, State::kWarning, "ERROR_SEEN");
  line.check = log;
  std::get<SeenObservation>(line.body).evidence = {{"[ERROR] unknown variable 'x=1'", now_}};
  Input(RecordsMessage{{line}});
  now_ = now_ + Span::Millis(200);
  const EngineOutput output = Take();
  ASSERT_EQ(output.commit.outbox.size(), 1u);
  EXPECT_EQ(output.commit.outbox[0].event, incidents::NotificationEvent::kUpdated);
  EXPECT_THAT(output.commit.outbox[0].incident.title, HasSubstr("unknown variable 'x=1'"));
  now_ = now_ + Span::Seconds(60);
  engine_.Tick(Now());
  EXPECT_THAT(Said(), IsEmpty());
}

TEST_F(EngineTest, AnAgentThatSaysNothingIsSilent) {
  Open();
  for (int i = 0; i < 10; ++i) {
    now_ = now_ + Span::Millis(500);
    engine_.Tick(Now());
  }
  EXPECT_EQ(Link(), model::LinkState::kSilent);
}

TEST_F(EngineTest, NobodyIsSilentWhileNothingIsRead) {
  Open();
  for (int i = 0; i < 100; ++i) {
    now_ = now_ + Span::Millis(500);
    engine_.NotReading(Now());
    engine_.Tick(Now());
  }
  EXPECT_EQ(Link(), model::LinkState::kConnected);
}

TEST_F(EngineTest, WhenItIsReadAgainAnAgentHasItsTime) {
  Open();
  now_ = now_ + Span::Seconds(60);
  engine_.NotReading(Now());
  engine_.Tick(Now());
  for (int i = 0; i < 4; ++i) {
    now_ = now_ + Span::Millis(500);
    engine_.Tick(Now());
  }
  EXPECT_EQ(Link(), model::LinkState::kConnected);
  now_ = now_ + Span::Millis(500);
  engine_.Tick(Now());
  EXPECT_EQ(Link(), model::LinkState::kSilent) << "2.4 s are over";
}

// Two agents that say whatever they like, within the bounds that ingest keeps.
class RandomAgents : public EngineTest {
 protected:
  uint64_t Some(uint64_t below) { return random_() % below; }

  CheckId SomeCheck() {
    static const CheckId kChecks[] = {
        {.kind = "unit", .target = "mysql.service"}, {.kind = "listener", .target = "3306"},
        {.kind = "port", .target = "10.0.0.2:3306"}, {.kind = "unit", .target = "nginx.service"},
        {.kind = "log", .target = "/var/log/x"},     {.kind = "new-kind", .target = "x"}};
    return kChecks[Some(std::size(kChecks))];
  }
  SeenObservation SomeObservation() {
    static const char* const kReasons[] = {"UNIT_RESTARTING", "UNIT_STOPPING", "HOST_STOPPING",
                                           "REFUSED",         "NEW_REASON",    "PACKAGE_UPGRADE"};
    SeenObservation seen{.check = static_cast<uint32_t>(1 + Some(8)),
                         .state = static_cast<State>(1 + Some(4)),
                         .observed = now_ + Span::Seconds(static_cast<int64_t>(Some(120)) - 60)};
    if (seen.state != State::kOk) seen.reason = kReasons[Some(std::size(kReasons))];
    if (Some(3) == 0) seen.since = WallTime{static_cast<int64_t>(Some(4'102'444'800'000'000'000))};
    return seen;
  }
  RecordMessage SomeRecord() {
    seq_ += Some(8) == 0 ? Some(5) : 1;
    RecordMessage record{.stream = Some(4) == 0 ? store::Stream::kLogEvents : kTransitions,
                         .seq = Some(10) == 0 ? 1 + Some(200) : seq_ + 1,
                         .start_number = 1 + Some(2)};
    const uint64_t kind = Some(6);
    if (kind == 0) {
      record.body = store::StoredGap{.first_seq = 1 + Some(record.seq), .last_seq = record.seq};
    } else if (kind == 1) {
      record.check = SomeCheck();
      record.body = store::StoredLogEvent{.seq = record.seq, .check = record.check, .count = 1};
    } else {
      record.check = SomeCheck();
      record.body = SomeObservation();
    }
    return record;
  }
  AgentInput SomeInput() {
    switch (Some(8)) {
      case 0: {
        DeclarationsMessage message;
        for (uint64_t i = Some(6); i > 0; --i) {
          DeclaredCheck check{.number = static_cast<uint32_t>(1 + Some(8)), .id = SomeCheck()};
          if (check.id.kind == "port") check.remote_address = "10.0.0.2";
          if (Some(4) == 0) check.subject = "database";
          message.checks.push_back(check);
        }
        for (uint64_t i = Some(3); i > 0; --i) {
          message.withdrawn.push_back(static_cast<uint32_t>(Some(9)));
        }
        return message;
      }
      case 1: {
        SnapshotMessage message;
        for (uint64_t i = Some(6); i > 0; --i) {
          message.checks.push_back({SomeObservation(), Some(100)});
        }
        if (Some(3) != 0) message.positions[kTransitions] = seq_ + Some(5);
        return message;
      }
      case 2:
        return GaugesMessage{{SomeObservation(), SomeObservation()}};
      case 3:
        return LookResultMessage{Some(20), {SomeObservation()}};
      case 4:
        return HeartbeatMessage{.number = 1,
                                .sent = now_ + Span::Seconds(static_cast<int64_t>(Some(20)) - 10),
                                .received = now_,
                                .round_trip = Span::Millis(static_cast<int64_t>(Some(3)))};
      case 5:
        return Some(10) == 0 ? AgentInput(GoodbyeMessage{static_cast<HostStop>(Some(4))})
                             : AgentInput(RecordsMessage{{SomeRecord()}});
      default:
        return RecordsMessage{{SomeRecord(), SomeRecord(), SomeRecord()}};
    }
  }

  std::mt19937_64 random_{20261124};
  uint64_t seq_ = 0;
};

TEST_F(RandomAgents, DoNotBreakThePicture) {
  std::vector<uint64_t> streams;
  for (int step = 0; step < 20'000; ++step) {
    now_ = now_ + Span::Millis(static_cast<int64_t>(Some(3) == 0 ? Some(20'000) : Some(200)));
    if (streams.empty() || Some(40) == 0) {
      Open({{{"shop", "prod"}, Some(2) == 0 ? "db-1" : "app-1"}, "db"});
      streams.push_back(stream_);
    } else if (Some(40) == 0) {
      engine_.Closed(streams[Some(streams.size())], Now());
    } else {
      engine_.Input(streams[streams.size() - 1 - Some(std::min<size_t>(streams.size(), 2))],
                    SomeInput(), Now());
    }
    if (Some(3) == 0) engine_.Tick(Now());
    const EngineOutput output = Take();
    ASSERT_NE(picture_, nullptr);
    for (const auto& [id, host] : picture_->hosts) {
      for (const auto& [check_id, check] : host->checks) {
        ASSERT_EQ(check.id, check_id) << "step " << step;
        ASSERT_FALSE(check.subject.empty()) << check_id.ToString() << ", step " << step;
        ASSERT_LE(check.observed, now_) << check_id.ToString() << ", step " << step;
      }
    }
    for (const incidents::Notification& told : output.commit.outbox) {
      ASSERT_FALSE(told.incident.text.empty()) << "step " << step;
    }
  }
  EXPECT_GT(engine_.counters().notifications, 20u) << "nothing happened: this tests nothing";
}

}  // namespace
}  // namespace faultline::pipeline
