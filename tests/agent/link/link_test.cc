#include "agent/link/link.h"

#include <atomic>
#include <functional>
#include <utility>

#include "tests/agent/link/link_testing.h"

namespace faultline::link {
namespace {

using ::testing::HasSubstr;

bool Has(const Said& said, AgentMessage::KindCase kind) {
  return std::any_of(said.begin(), said.end(),
                     [&](const AgentMessage& m) { return m.kind_case() == kind; });
}

TEST_F(LinkTest, SaysHelloThenDeclaresThenTheSnapshotThenHistory) {
  StartCollector();
  for (int i = 0; i < 3; ++i) AppendTransition("old");
  StartLink();
  ASSERT_TRUE(WaitForTransition(3));
  const Said said = collector_.said()[0];
  ASSERT_GE(said.size(), 5u);
  ASSERT_TRUE(said[0].has_hello());
  EXPECT_EQ(said[0].hello().protocol_version(), 1u);
  EXPECT_EQ(said[0].hello().agent_version(), "0.1.0");
  EXPECT_EQ(said[0].hello().addresses(0), "10.0.2.10");
  EXPECT_EQ(said[0].hello().spool_id(), spool_->id());
  EXPECT_EQ(said[0].hello().start_number(), spool_->start_number());
  ASSERT_TRUE(said[1].has_declarations());
  EXPECT_EQ(said[1].declarations().checks(0).number(), 7u);
  ASSERT_TRUE(said[2].has_snapshot());
  EXPECT_EQ(said[2].snapshot().positions(0).seq(), 3u);
  ASSERT_TRUE(said[3].has_heartbeat());
  ASSERT_TRUE(said[4].has_records());
  EXPECT_EQ(said[4].records().records_size(), 3);
}

TEST_F(LinkTest, SendsATransitionAsSoonAsItIsAppended) {
  StartCollector();
  StartLink();
  ASSERT_TRUE(source_.WaitForConnected());
  for (uint64_t seq = 1; seq <= 20; ++seq) {
    ASSERT_EQ(AppendTransition("live"), seq);
    ASSERT_TRUE(WaitForTransition(seq));
  }
}

TEST_F(LinkTest, SendsALongHistoryInOrderAndInBoundedMessages) {
  StartCollector();
  constexpr uint64_t kCount = 3000;
  for (uint64_t i = 1; i <= kCount; ++i) AppendTransition(std::string(300, 'x'));
  for (int i = 0; i < 500; ++i) spool_->Append(kLogEvents, spool::LogLine("line"));
  StartLink();
  ASSERT_TRUE(collector_.WaitFor([&](const std::vector<Said>& said) {
    return !said.empty() && RecordsOf(said[0], kTransitions).size() == kCount &&
           RecordsOf(said[0], kLogEvents).size() == 500;
  }));
  const Said said = collector_.said()[0];
  uint64_t next = 1;
  for (const auto& record : RecordsOf(said, kTransitions)) ASSERT_EQ(record.seq(), next++);
  for (const AgentMessage& message : said) {
    EXPECT_LE(message.records().records_size(), 200);
    EXPECT_LE(message.ByteSizeLong(), 66u << 10);
  }
}

TEST_F(LinkTest, AnAckTrimsTheSpool) {
  FakeCollector::Manners manners;
  manners.acknowledge = true;
  collector_.set_manners(manners);
  StartCollector();
  StartLink();
  for (int i = 0; i < 10; ++i) AppendTransition("a");
  spool_->Append(kLogEvents, spool::LogLine("line"));
  link_->Wake();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (spool_->acknowledged(kTransitions) < 10 || spool_->acknowledged(kLogEvents) < 1) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
  EXPECT_TRUE(spool_->ReadAfter(kTransitions, 0, 100).empty());
}

TEST_F(LinkTest, ResumesAfterAReconnectFromWhatTheCollectorHas) {
  StartCollector();
  StartLink();
  for (int i = 0; i < 5; ++i) AppendTransition("a");
  ASSERT_TRUE(WaitForTransition(5));
  FakeCollector::Manners manners;
  auto* position = manners.welcome_message.mutable_welcome()->add_acknowledged();
  position->set_stream(kTransitions);
  position->set_seq(3);
  collector_.set_manners(manners);
  collector_.Drop();
  ASSERT_TRUE(source_.WaitForConnected(2));
  ASSERT_TRUE(WaitForTransition(5));
  const auto records = RecordsOf(collector_.said()[1], kTransitions);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].seq(), 4u);
  EXPECT_EQ(spool_->acknowledged(kTransitions), 3u);
}

TEST_F(LinkTest, FindsACollectorThatWasAwayAndComesBack) {
  StartCollector();
  StartLink();
  AppendTransition("before");
  ASSERT_TRUE(WaitForTransition(1));
  collector_.Stop();
  AppendTransition("meanwhile");
  ASSERT_TRUE(source_.WaitForFailure("Connection refused"));
  EXPECT_THAT(source_.last_failure(), HasSubstr(options_.address));
  collector_.Start();
  ASSERT_TRUE(source_.WaitForConnected(2));
  ASSERT_TRUE(WaitForTransition(2));
}

TEST_F(LinkTest, LooksWhenAskedAndAnswersAfterTheTransitionsItFound) {
  StartCollector();
  StartLink();
  ASSERT_TRUE(source_.WaitForConnected());
  CollectorMessage ask;
  ask.mutable_look_now()->set_request(42);
  ask.mutable_look_now()->add_checks(7);
  ASSERT_TRUE(collector_.Send(ask));
  ASSERT_TRUE(source_.WaitForLook());
  EXPECT_EQ(source_.looks()[0].request(), 42u);
  EXPECT_EQ(source_.looks()[0].checks(0), 7u);
  AppendTransition("found");
  faultline::v1::LookResult result;
  result.set_request(42);
  link_->SendLookResult(result);
  ASSERT_TRUE(collector_.WaitFor(
      [](const std::vector<Said>& said) { return Has(said[0], AgentMessage::kLookResult); }));
  bool transition_seen = false;
  const Said said = collector_.said()[0];
  for (const AgentMessage& message : said) {
    transition_seen = transition_seen || message.has_records();
    if (message.has_look_result()) {
      EXPECT_TRUE(transition_seen);
    }
  }
}

TEST_F(LinkTest, SaysWhatItGotOfAnotherHost) {
  StartCollector();
  StartLink();
  ASSERT_TRUE(source_.WaitForConnected());
  CollectorMessage ask;
  ask.mutable_probe_host()->set_request(42);
  ask.mutable_probe_host()->add_addresses("10.0.1.10");
  ASSERT_TRUE(collector_.Send(ask));
  ASSERT_TRUE(source_.WaitForProbe());
  EXPECT_EQ(source_.probes()[0].addresses(0), "10.0.1.10");
  faultline::v1::ProbeResult result;
  result.set_request(42);
  link_->SendProbeResult(result);
  EXPECT_TRUE(collector_.WaitFor(
      [](const std::vector<Said>& said) { return Has(said[0], AgentMessage::kProbeResult); }));
}

TEST_F(LinkTest, SendsDeclarationsBeforeTheGaugesThatNeedThem) {
  StartCollector();
  StartLink();
  ASSERT_TRUE(source_.WaitForConnected());
  faultline::v1::CheckDeclarations declarations;
  declarations.add_checks()->set_number(9);
  faultline::v1::Gauges gauges;
  gauges.add_observations()->set_check(9);
  link_->SendDeclarations(declarations);
  link_->SendGauges(gauges);
  ASSERT_TRUE(collector_.WaitFor(
      [](const std::vector<Said>& said) { return Has(said[0], AgentMessage::kGauges); }));
  bool declared = false;
  const Said said = collector_.said()[0];
  for (const AgentMessage& message : said) {
    for (const auto& check : message.declarations().checks()) {
      declared = declared || check.number() == 9;
    }
    if (message.has_gauges()) {
      EXPECT_TRUE(declared);
    }
  }
}

// A spool in which something happens just before it is read, as another thread may do it.
class InterruptedSpool : public spool::Spool {
 public:
  InterruptedSpool(spool::Spool& real, std::function<void()> before_read)
      : real_(real), before_read_(std::move(before_read)) {}

  const std::string& id() const override { return real_.id(); }
  uint64_t start_number() const override { return real_.start_number(); }
  uint64_t Append(faultline::v1::Stream stream, faultline::v1::Record record) override {
    return real_.Append(stream, std::move(record));
  }
  std::vector<faultline::v1::Record> ReadAfter(faultline::v1::Stream stream, uint64_t after,
                                               size_t max) override {
    if (armed.exchange(false)) before_read_();
    return real_.ReadAfter(stream, after, max);
  }
  uint64_t last_seq(faultline::v1::Stream stream) const override { return real_.last_seq(stream); }
  uint64_t acknowledged(faultline::v1::Stream stream) const override {
    return real_.acknowledged(stream);
  }
  void Acknowledge(faultline::v1::Stream stream, uint64_t seq) override {
    real_.Acknowledge(stream, seq);
  }
  absl::Status Flush() override { return real_.Flush(); }
  absl::Status health() const override { return real_.health(); }
  spool::SpoolStats stats() const override { return real_.stats(); }
  const std::vector<std::string>& notes() const override { return real_.notes(); }

  std::atomic<bool> armed = false;

 private:
  spool::Spool& real_;
  const std::function<void()> before_read_;
};

TEST_F(LinkTest, WhatIsDeclaredWhileItReadsTheSpoolGoesBeforeWhatItRead) {
  StartCollector();
  Link* link = nullptr;
  InterruptedSpool interrupted(*spool_, [this, &link] {
    faultline::v1::CheckDeclarations declarations;
    declarations.add_checks()->set_number(9);
    link->SendDeclarations(declarations);
    spool_->Append(kTransitions, spool::Transition("what check 9 sees"));
  });
  link_ = Link::Start(options_, hello_, interrupted, source_, clock_);
  ASSERT_TRUE(source_.WaitForConnected());
  link = link_.get();
  interrupted.armed = true;
  link_->Wake();
  ASSERT_TRUE(WaitForTransition(1));
  const Said said = collector_.said()[0];
  bool declared = false;
  for (const AgentMessage& message : said) {
    for (const auto& check : message.declarations().checks()) {
      declared = declared || check.number() == 9;
    }
    if (message.has_records()) {
      EXPECT_TRUE(declared);
    }
  }
  link_.reset();
}

TEST_F(LinkTest, HeartbeatsCarryTheLastEcho) {
  StartCollector();
  StartLink();
  ASSERT_TRUE(collector_.WaitFor([](const std::vector<Said>& said) {
    return !said.empty() && std::any_of(said[0].begin(), said[0].end(), [](const auto& m) {
      return m.heartbeat().echoed_number() >= 2;
    });
  }));
  uint64_t next = 1;
  const Said said = collector_.said()[0];
  for (const AgentMessage& message : said) {
    if (!message.has_heartbeat()) continue;
    EXPECT_EQ(message.heartbeat().number(), next++);
    EXPECT_GT(message.heartbeat().sent().wall_ns(), 0);
    EXPECT_GT(message.heartbeat().sent().boottime_ns(), 0u);
    if (message.heartbeat().echoed_number() > 0) {
      EXPECT_GT(message.heartbeat().echo_received_wall_ns(), 0);
    }
  }
}

TEST_F(LinkTest, SaysGoodbyeAfterWhatIsStillToBeSent) {
  StartCollector();
  StartLink();
  ASSERT_TRUE(source_.WaitForConnected());
  faultline::v1::Goodbye goodbye;
  goodbye.set_why(faultline::v1::Goodbye::WHY_HOST_STOPPING);
  goodbye.set_host_stop(faultline::v1::Goodbye::HOST_STOP_REBOOT);
  link_->set_goodbye(goodbye);
  AppendTransition("last words");
  link_.reset();
  ASSERT_TRUE(collector_.WaitFor(
      [](const std::vector<Said>& said) { return Has(said[0], AgentMessage::kGoodbye); }));
  const Said said = collector_.said()[0];
  EXPECT_EQ(said.back().goodbye().why(), faultline::v1::Goodbye::WHY_HOST_STOPPING);
  EXPECT_EQ(said.back().goodbye().host_stop(), faultline::v1::Goodbye::HOST_STOP_REBOOT);
  EXPECT_EQ(RecordsOf(said, kTransitions).size(), 1u);
}

TEST_F(LinkTest, EndsWhileItNeverConnected) {
  options_.address = "127.0.0.1:1";
  StartLink();
  ASSERT_TRUE(source_.WaitForFailure("Connection refused"));
  link_.reset();
  StartLink();  // also before anything has come of the first attempt
  link_.reset();
}

}  // namespace
}  // namespace faultline::link
