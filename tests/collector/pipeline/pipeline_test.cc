// The pipeline's thread: what waits for what.
#include "collector/pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "collector/model/own_host.h"
#include "tests/collector/pipeline/engine_samples.h"
#include "tests/fakes/readable_store.h"

namespace faultline::pipeline {
namespace {

class SteppedClock : public Clock {
 public:
  WallTime Now() const override { return {1'795'317'247'000'000'000 + passed_}; }
  MonoTime Mono() const override { return {1'000'000'000 + passed_}; }
  void Pass(Span span) { passed_ += span.ns; }

 private:
  std::atomic<int64_t> passed_ = 0;
};

// Waits for something that another thread brings about.
class Events {
 public:
  template <typename Change>
  void Do(Change change) {
    const std::lock_guard<std::mutex> lock(mutex_);
    change();
    changed_.notify_all();
  }
  // What other threads change without telling is looked at every millisecond.
  template <typename Done>
  bool WaitFor(Done done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::unique_lock<std::mutex> lock(mutex_);
    while (!changed_.wait_for(lock, std::chrono::milliseconds(1), done)) {
      if (std::chrono::steady_clock::now() > end) return false;
    }
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

// Commits when the test says so.
class HeldStore : public fakes::ReadableStore {
 public:
  explicit HeldStore(Events& events) : events_(events) {}
  void Submit(store::Commit, std::function<void()> done) override {
    events_.Do([&] { waiting_.push_back(std::move(done)); });
    if (!holding) CommitAll();
  }
  store::StoreHealth Health() const override {
    return {.path = "/var/lib/f.db",
            .failure = failing ? absl::ResourceExhaustedError("full") : absl::OkStatus()};
  }
  void CommitAll() {
    std::vector<std::function<void()>> waiting;
    events_.Do([&] { waiting.swap(waiting_); });
    for (const auto& done : waiting) done();
  }

  std::atomic<bool> holding = true;
  std::atomic<bool> failing = false;

 private:
  Events& events_;
  std::vector<std::function<void()>> waiting_;
};

class RecordingSession : public AgentSession {
 public:
  explicit RecordingSession(Events& events) : events_(events) {}
  void SendWelcome(const std::map<store::Stream, uint64_t>&, Span) override {
    events_.Do([&] { welcomed = true; });
  }
  void SendAck(const std::map<store::Stream, uint64_t>& acknowledged) override {
    events_.Do([&] { acks.push_back(acknowledged.at(store::Stream::kTransitions)); });
  }
  void SendProbeHost(uint64_t, const std::vector<std::string>&, const std::vector<int>&,
                     Span) override {}
  void SendLookNow(uint64_t, const std::vector<uint32_t>& checks, Span, bool) override {
    events_.Do([&] { looks.push_back(checks); });
  }
  void Close(const std::string& why) override {
    events_.Do([&] { closed = why; });
  }

  bool welcomed = false;
  std::vector<uint64_t> acks;
  std::vector<std::vector<uint32_t>> looks;
  std::string closed;

 private:
  Events& events_;
};

class PipelineTest : public testing::Test {
 protected:
  void Start(PipelineOptions options = {}) {
    pipeline_ = std::make_unique<Pipeline>(options, store::Loaded{}, store_, clock_);
    pipeline_->set_memory_outlet([this](const incidents::Notification& notification) {
      events_.Do([&] { outlet_.push_back(notification.incident.reason); });
    });
    pipeline_->Start();
    session_ = std::make_shared<RecordingSession>(events_);
    stream_ = pipeline_->Opened(
        kDb, {.spool_id = "0123456789abcdef0123456789abcdef", .start_number = 1}, session_);
    ASSERT_TRUE(events_.WaitFor([&] { return session_->welcomed; }));
    Input(DeclarationsMessage{.checks = {{.number = 1, .id = kUnit}}});
    Input(SnapshotMessage{});
  }
  // At the end nothing may be held: the pipeline waits for its last commits.
  void TearDown() override {
    store_.holding = false;
    store_.CommitAll();
    pipeline_.reset();
  }

  void Input(AgentInput input) {
    pipeline_->Input(stream_, std::move(input), [this] { events_.Do([&] { ++taken_; }); });
  }
  void Stopped(uint64_t seq) {
    SeenObservation seen{.state = State::kCritical,
                         .reason = "UNIT_STOPPING",
                         .observed = clock_.Now(),
                         .since = clock_.Now()};
    Input(
        RecordsMessage{.records = {{.seq = seq, .start_number = 1, .check = kUnit, .body = seen}}});
  }

  // As much time as makes an agent silent, in turns of the loop.
  void PassHeartbeats(const PipelineOptions& options) {
    for (int i = 0; i < 20; ++i) {
      clock_.Pass(options.engine.heartbeat);
      ASSERT_TRUE(events_.WaitFor([&] { return pipeline_->LastTurn() == clock_.Mono(); }));
    }
  }
  model::LinkState Link() const { return pipeline_->picture()->hosts.at(kDb.id)->link; }

  const CheckId kUnit{.kind = "unit", .target = "mysql.service"};
  SteppedClock clock_;
  Events events_;
  HeldStore store_{events_};
  std::shared_ptr<RecordingSession> session_;
  std::vector<std::string> outlet_;
  int taken_ = 0;
  uint64_t stream_ = 0;
  std::unique_ptr<Pipeline> pipeline_;
};

TEST_F(PipelineTest, AnAgentIsAcknowledgedOnlyAfterTheCommit) {
  Start();
  Stopped(1);
  ASSERT_TRUE(events_.WaitFor([&] { return taken_ == 3; })) << "handled, not yet durable";
  EXPECT_TRUE(events_.WaitFor([&] { return session_->acks.empty(); }));
  store_.CommitAll();
  EXPECT_TRUE(events_.WaitFor([&] { return session_->acks == std::vector<uint64_t>{1}; }));
}

TEST_F(PipelineTest, AStoreThatIsBehindHoldsBackTheStreams) {
  store_.holding = false;
  PipelineOptions options;
  options.max_uncommitted = 1;
  Start(options);
  ASSERT_TRUE(events_.WaitFor([&] { return taken_ == 2; }));
  store_.holding = true;
  Stopped(1);
  ASSERT_TRUE(events_.WaitFor([&] { return pipeline_->picture()->open_incidents.size() == 1; }));
  for (uint64_t seq = 2; seq <= 6; ++seq) Stopped(seq);
  EXPECT_TRUE(events_.WaitFor([&] { return taken_ == 2; })) << "its first record is not durable";
  store_.holding = false;
  store_.CommitAll();
  EXPECT_TRUE(events_.WaitFor([&] { return taken_ == 8; })) << "nothing was dropped";
}

TEST_F(PipelineTest, AnAgentThatSaysNothingIsSilent) {
  store_.holding = false;
  PipelineOptions options;
  options.engine.heartbeat = Span::Millis(20);
  Start(options);
  ASSERT_TRUE(events_.WaitFor([&] { return taken_ == 2; }));
  PassHeartbeats(options);
  EXPECT_EQ(Link(), model::LinkState::kSilent);
}

TEST_F(PipelineTest, WhoIsThereAndWhoWasSwitchedOffIsTold) {
  store_.holding = false;
  EXPECT_FALSE(Pipeline({}, {}, store_, clock_).PresenceOf(kDb.id).connected);
  for (const auto& [how, powered_off] :
       {std::pair{HostStop::kNo, false}, {HostStop::kReboot, false}, {HostStop::kPowerOff, true}}) {
    Start();
    ASSERT_TRUE(events_.WaitFor([&] { return pipeline_->PresenceOf(kDb.id).connected; }));
    EXPECT_FALSE(pipeline_->PresenceOf(kDb.id).powered_off);
    clock_.Pass(Span::Millis(500));
    Input(GoodbyeMessage{how});
    pipeline_->Closed(stream_);
    ASSERT_TRUE(events_.WaitFor([&] { return !pipeline_->PresenceOf(kDb.id).connected; }));
    EXPECT_EQ(pipeline_->PresenceOf(kDb.id).powered_off, powered_off);
    EXPECT_EQ(pipeline_->PresenceOf(kDb.id).heard, clock_.Now());
  }
}

TEST_F(PipelineTest, NobodyIsSilentWhileNothingIsReadForTheStoresSake) {
  store_.holding = false;
  PipelineOptions options;
  options.engine.heartbeat = Span::Millis(20);
  options.max_uncommitted = 1;
  Start(options);
  ASSERT_TRUE(events_.WaitFor([&] { return taken_ == 2; }));
  store_.holding = true;
  Stopped(1);
  ASSERT_TRUE(events_.WaitFor([&] { return pipeline_->picture()->open_incidents.size() == 1; }));
  PassHeartbeats(options);
  EXPECT_EQ(Link(), model::LinkState::kConnected);
}

TEST_F(PipelineTest, AStoreThatFailsForTwoSecondsDoesNotKeepTheWorldFromHearing) {
  Start();
  Stopped(1);
  ASSERT_TRUE(events_.WaitFor([&] { return taken_ == 3; }));
  EXPECT_TRUE(events_.WaitFor([&] { return outlet_.empty(); }));
  clock_.Pass(Span::Millis(2'001));
  EXPECT_TRUE(
      events_.WaitFor([&] { return outlet_ == std::vector<std::string>{"UNIT_STOPPING"}; }));
  EXPECT_TRUE(session_->acks.empty());
}

TEST_F(PipelineTest, AStoreThatFailsIsToldFromMemoryAndShownUntilItIsWell) {
  Start();
  ASSERT_TRUE(events_.WaitFor([&] { return taken_ == 2; }));
  store_.CommitAll();
  store_.failing = true;
  // The store is looked at in turns: time passes while they go on.
  ASSERT_TRUE(events_.WaitFor([&] {
    clock_.Pass(Span::Millis(10));
    return outlet_ == std::vector<std::string>{"STORE_FULL"};
  }));
  EXPECT_TRUE(pipeline_->picture()->hosts.contains(model::CollectorsOwn()));
  store_.failing = false;
  store_.holding = false;
  store_.CommitAll();
  EXPECT_TRUE(events_.WaitFor([&] {
    clock_.Pass(Span::Millis(10));
    return !pipeline_->picture()->hosts.contains(model::CollectorsOwn());
  }));
}

TEST_F(PipelineTest, AHostWhoseWordsAreNotDurableWaitsAndTheOthersGoOn) {
  PipelineOptions options;
  options.max_bytes.of_stream = 10'000;
  Start(options);
  ASSERT_TRUE(events_.WaitFor([&] { return taken_ == 2; }));
  store_.CommitAll();
  const auto long_word = [&](uint64_t seq) {
    SeenObservation seen{.state = State::kCritical,
                         .reason = "UNIT_STOPPING",
                         .detail = std::string(20'000, 'x'),
                         .observed = clock_.Now(),
                         .since = clock_.Now()};
    return RecordsMessage{
        .records = {{.seq = seq, .start_number = 1, .check = kUnit, .body = seen}}};
  };
  Input(long_word(1));
  ASSERT_TRUE(events_.WaitFor([&] { return pipeline_->picture()->open_incidents.size() == 1; }));
  int other_taken = 0;
  auto other = std::make_shared<RecordingSession>(events_);
  const uint64_t stream =
      pipeline_->Opened({{kDb.id.stack, "app-1"}, "app"},
                        {.spool_id = "1123456789abcdef0123456789abcdef", .start_number = 1}, other);
  pipeline_->Input(stream, HeartbeatMessage{}, [&] { events_.Do([&] { ++other_taken; }); });
  EXPECT_TRUE(events_.WaitFor([&] { return other_taken == 1; }));
  EXPECT_TRUE(events_.WaitFor([&] { return taken_ == 2; })) << "its own waits";
  store_.holding = false;
  store_.CommitAll();
  EXPECT_TRUE(events_.WaitFor([&] { return taken_ == 3; })) << "nothing was dropped";
}

TEST_F(PipelineTest, ANewerStreamOfTheSameHostTakesItsPlace) {
  Start();
  auto newer = std::make_shared<RecordingSession>(events_);
  pipeline_->Opened(kDb, {.spool_id = "0123456789abcdef0123456789abcdef", .start_number = 2},
                    newer);
  EXPECT_TRUE(events_.WaitFor([&] { return newer->welcomed && !session_->closed.empty(); }));
}

TEST_F(PipelineTest, ReadersSeeWhatWasSaidBeforeItIsDurable) {
  Start();
  Stopped(1);
  ASSERT_TRUE(events_.WaitFor([&] { return taken_ == 3; }));
  const auto picture = pipeline_->picture();
  ASSERT_EQ(picture->open_incidents.size(), 1u);
  EXPECT_EQ(picture->hosts.at(kDb.id)->checks.at(kUnit).state, State::kCritical);
}

TEST_F(PipelineTest, AStackIsAskedToLookAtMostOnceASecond) {
  Start();
  const WallTime first = pipeline_->AskStack(kDb.id.stack);
  EXPECT_EQ(first, clock_.Now());
  ASSERT_TRUE(events_.WaitFor([&] { return session_->looks.size() == 1; }));
  clock_.Pass(Span::Millis(999));
  EXPECT_EQ(pipeline_->AskStack(kDb.id.stack), first);
  clock_.Pass(Span::Millis(1));
  EXPECT_EQ(pipeline_->AskStack(kDb.id.stack), clock_.Now());
  ASSERT_TRUE(events_.WaitFor([&] { return session_->looks.size() == 2; }));
  EXPECT_EQ(session_->looks[1], std::vector<uint32_t>{1});
}

TEST_F(PipelineTest, WhoHasAHostForgottenSeesItGoneAndLateAcksHarmNobody) {
  Start();
  Stopped(1);
  ASSERT_TRUE(events_.WaitFor([&] { return taken_ == 3; }));
  EXPECT_EQ(pipeline_->Forget(kDb.id, rules::Decision::kHostForgotten), ForgetOutcome::kConnected);
  pipeline_->Closed(stream_);
  EXPECT_EQ(pipeline_->Forget(kDb.id, rules::Decision::kHostForgotten), ForgetOutcome::kForgotten);
  EXPECT_TRUE(pipeline_->picture()->hosts.empty());
  EXPECT_EQ(pipeline_->Forget(kDb.id, rules::Decision::kHostForgotten), ForgetOutcome::kUnknown);
  store_.CommitAll();  // what it said before is acknowledged now
  EXPECT_EQ(pipeline_->Forget(kDb.id, rules::Decision::kHostForgotten), ForgetOutcome::kUnknown);
}

}  // namespace
}  // namespace faultline::pipeline
