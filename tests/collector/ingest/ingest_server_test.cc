// The agents' service on a real port, spoken to by real gRPC clients.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "collector/ingest/ingest.h"
#include "tests/collector/ingest/stream_client.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::ingest {
namespace {

using testing::HasSubstr;
using testing_certificates::Authority;

class IngestServerTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto files =
        testing_certificates::WriteFiles(directory_.path(), "collector", authority_.pem(),
                                         authority_.Issue(testing_certificates::kCollectorName));
    options_ = {.listen = "127.0.0.1:0",
                .ca = files.ca,
                .certificate = files.certificate,
                .key = files.key};
    Start();
  }
  void Start() {
    auto server = IngestServer::Start(options_, gate_, clock_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  std::unique_ptr<StreamClient> Connect(
      const std::string& names = testing_certificates::kAgentName) {
    return std::make_unique<StreamClient>(server_->port(), authority_.pem(),
                                          authority_.Issue(names));
  }
  std::unique_ptr<StreamClient> ConnectAndGreet() {
    auto client = Connect();
    EXPECT_TRUE(client->Hello());
    EXPECT_TRUE(gate_.WaitFor([&] { return !gate_.sessions.empty(); }));
    return client;
  }

  const Authority authority_;
  const fakes::TempDirectory directory_;
  const SystemClock clock_;
  RecordingGate gate_;
  IngestOptions options_;
  std::unique_ptr<IngestServer> server_;
};

TEST_F(IngestServerTest, WhoSpeaksIsSaidByTheCertificate) {
  const auto client = ConnectAndGreet();
  EXPECT_EQ(gate_.hosts[0].id, (HostId{{"shop", "prod"}, "db-1"}));
  EXPECT_EQ(gate_.hosts[0].role, "db");
  EXPECT_EQ(server_->counters().accepted, 1u);
}

TEST_F(IngestServerTest, ACertificateThatNamesNoHostOrTwoIsRefused) {
  for (const char* names :
       {"DNS:db-1", "URI:faultline://shop/db-1?env=prod,URI:faultline://shop/db-2?env=prod"}) {
    const grpc::Status status = Connect(names)->End();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << names;
    EXPECT_THAT(status.error_message(), HasSubstr("your certificate")) << names;
  }
  EXPECT_EQ(server_->counters().refused_identity, 2u);
  EXPECT_TRUE(gate_.hosts.empty());
}

TEST_F(IngestServerTest, AnotherAuthoritysCertificateDoesNotGetIn) {
  const Authority other;
  StreamClient client(server_->port(), authority_.pem(),
                      other.Issue(testing_certificates::kAgentName));
  EXPECT_FALSE(client.End().ok());
  EXPECT_TRUE(gate_.hosts.empty());
}

TEST_F(IngestServerTest, TheHelloComesFirstAndOnce) {
  auto early = Connect();
  early->Heartbeat(1);
  const grpc::Status first = early->End();
  EXPECT_EQ(first.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(first.error_message(), HasSubstr("hello"));
  auto twice = ConnectAndGreet();
  twice->Hello();
  EXPECT_THAT(twice->End().error_message(), HasSubstr("second time"));
  EXPECT_EQ(server_->counters().invalid_messages, 2u);
}

TEST_F(IngestServerTest, AnEntryThatIsWrongCostsItselfAlone) {
  auto client = ConnectAndGreet();
  v1::AgentMessage message;
  message.mutable_declarations()->add_checks()->set_number(0);
  client->Send(message);
  message.mutable_gauges()->add_observations();
  client->Send(message);
  v1::CollectorMessage echo;
  ASSERT_TRUE(client->Heartbeat(1) && client->Receive(&echo)) << "the stream goes on";
  EXPECT_TRUE(echo.has_heartbeat_echo());
  EXPECT_EQ(server_->counters().invalid_messages, 2u);
}

TEST_F(IngestServerTest, WhatTheProtocolRestsOnEndsTheStreamAndIsNamed) {
  auto client = ConnectAndGreet();
  v1::AgentMessage message;
  message.mutable_records()->add_records()->set_stream(v1::STREAM_TRANSITIONS);
  client->Send(message);
  EXPECT_THAT(client->End().error_message(), HasSubstr("records.records[0].seq"));
  EXPECT_TRUE(gate_.WaitFor([&] { return gate_.closed == 1; }));
}

TEST_F(IngestServerTest, HeartbeatsAreEchoedAndMeasured) {
  auto client = ConnectAndGreet();
  client->Heartbeat(1);
  v1::CollectorMessage echo;
  ASSERT_TRUE(client->Receive(&echo));
  EXPECT_EQ(echo.heartbeat_echo().number(), 1u);
  client->Heartbeat(2, 1);
  ASSERT_TRUE(gate_.WaitFor([&] { return gate_.inputs.size() == 2; }));
  EXPECT_GT(gate_.Locked([&] {
    return std::get<pipeline::HeartbeatMessage>(gate_.inputs[1]).round_trip.ns;
  }),
            0);
}

TEST_F(IngestServerTest, WhatThePipelineSaysReachesTheAgent) {
  auto client = ConnectAndGreet();
  pipeline::AgentSession& session = *gate_.sessions[0];
  session.SendWelcome({{store::Stream::kTransitions, 7}}, Span::Seconds(1));
  session.SendAck({{store::Stream::kLogEvents, 9}});
  session.SendLookNow(5, {1, 2}, Span::Millis(150), true);
  session.SendProbeHost(6, {"10.0.1.10", "fd00::1"}, {443, 22}, Span::Millis(800));
  v1::CollectorMessage message;
  ASSERT_TRUE(client->Receive(&message));
  EXPECT_EQ(message.welcome().acknowledged(0).seq(), 7u);
  EXPECT_EQ(message.welcome().heartbeat_interval_ns(), 1'000'000'000);
  ASSERT_TRUE(client->Receive(&message));
  EXPECT_EQ(message.ack().positions(0).stream(), v1::STREAM_LOG_EVENTS);
  ASSERT_TRUE(client->Receive(&message));
  EXPECT_EQ(message.look_now().checks_size(), 2);
  EXPECT_TRUE(message.look_now().for_person());
  ASSERT_TRUE(client->Receive(&message));
  EXPECT_EQ(message.probe_host().request(), 6u);
  EXPECT_EQ(message.probe_host().addresses(1), "fd00::1");
  EXPECT_EQ(message.probe_host().ports(0), 443u);
  EXPECT_EQ(message.probe_host().deadline_ns(), 800'000'000);
}

TEST_F(IngestServerTest, NothingMoreIsReadUntilThePipelineHasTakenIt) {
  auto client = ConnectAndGreet();
  gate_.Hold();
  client->Heartbeat(1);
  client->Heartbeat(2);
  ASSERT_TRUE(gate_.WaitFor([&] { return gate_.inputs.size() == 1; }));
  // Another stream's words overtake: so the second heartbeat had its time.
  auto other = Connect("URI:faultline://shop/app-1?env=prod&role=app");
  ASSERT_TRUE(other->Hello());
  ASSERT_TRUE(gate_.WaitFor([&] { return gate_.sessions.size() == 2; }));
  EXPECT_EQ(gate_.Locked([&] { return gate_.inputs.size(); }), 1u);
  gate_.Locked([&] { return gate_.held[0]; })();
  EXPECT_TRUE(gate_.WaitFor([&] { return gate_.inputs.size() == 2; }));
}

TEST_F(IngestServerTest, AnAgentThatDoesNotReadIsEnded) {
  options_.max_queued_writes = 16;
  Start();
  auto client = ConnectAndGreet();
  const std::vector<uint32_t> many(10'000, 4'000'000'000u);
  for (int i = 0; i < 1000 && server_->counters().slow_streams == 0; ++i) {
    gate_.sessions[0]->SendLookNow(1, many, Span::Millis(1), false);
  }
  EXPECT_EQ(server_->counters().slow_streams, 1u);
  EXPECT_TRUE(gate_.WaitFor([&] { return gate_.closed == 1; }));
}

TEST_F(IngestServerTest, CloseSaysWhy) {
  auto client = ConnectAndGreet();
  gate_.sessions[0]->Close("a newer stream of the same host has taken its place");
  const grpc::Status status = client->End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("newer stream"));
}

TEST_F(IngestServerTest, AnEndWithAGoodbyeIsInOrder) {
  auto client = ConnectAndGreet();
  v1::AgentMessage message;
  message.mutable_goodbye()->set_why(v1::Goodbye::WHY_HOST_STOPPING);
  message.mutable_goodbye()->set_host_stop(v1::Goodbye::HOST_STOP_POWER_OFF);
  client->Send(message);
  client->WritesDone();
  EXPECT_TRUE(client->End().ok());
  ASSERT_TRUE(gate_.WaitFor([&] { return gate_.inputs.size() == 1; }));
  EXPECT_TRUE(gate_.Locked([&] {
    return std::get<pipeline::GoodbyeMessage>(gate_.inputs[0]).host_stop ==
           pipeline::HostStop::kPowerOff;
  }));
}

TEST_F(IngestServerTest, StopsWithStreamsThatAreOpenPausedAndWithoutAHello) {
  auto open = ConnectAndGreet();
  auto silent = Connect("URI:faultline://shop/app-1?env=prod&role=app");
  gate_.Hold();
  open->Heartbeat(1);
  ASSERT_TRUE(gate_.WaitFor([&] { return gate_.inputs.size() == 1; }));
  const auto began = std::chrono::steady_clock::now();
  server_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
  gate_.Locked([&] { return gate_.held[0]; })();  // comes late, and does nothing
  gate_.sessions[0]->SendAck({});                 // so does this
  EXPECT_FALSE(open->End().ok());
}

TEST_F(IngestServerTest, StopsWhileAgentsAreComing) {
  for (int i = 0; i < 20; ++i) {
    std::vector<std::unique_ptr<StreamClient>> coming;
    for (int j = 0; j < 4; ++j) coming.push_back(Connect());
    coming[0]->Hello();  // has got in by its return, the others somewhere on their way
    coming.pop_back();
    server_.reset();
    Start();
  }
  EXPECT_TRUE(ConnectAndGreet()->Heartbeat(1));
}

TEST_F(IngestServerTest, AnAgentThatVanishesWithoutAWordIsForgotten) {
  auto client = ConnectAndGreet();
  client.reset();
  EXPECT_TRUE(gate_.WaitFor([&] { return gate_.closed == 1; }));
}

TEST_F(IngestServerTest, APortInUseAndFilesThatDoNotFitAreNamed) {
  IngestOptions taken = options_;
  taken.listen = "127.0.0.1:" + std::to_string(server_->port());
  EXPECT_THAT(std::string(IngestServer::Start(taken, gate_, clock_).status().message()),
              HasSubstr("listen.agents: cannot listen on " + taken.listen));
  IngestOptions missing = options_;
  missing.key = directory_ / "none.key";
  EXPECT_THAT(std::string(IngestServer::Start(missing, gate_, clock_).status().message()),
              HasSubstr("tls.key: cannot open"));
  IngestOptions foreign = options_;
  foreign.key = testing_certificates::WriteFiles(directory_.path(), "other", authority_.pem(),
                                                 authority_.Issue("DNS:x"))
                    .key;
  EXPECT_THAT(std::string(IngestServer::Start(foreign, gate_, clock_).status().message()),
              HasSubstr("does not belong to the certificate"));
}

TEST_F(IngestServerTest, RandomMessagesEndStreamsAndNothingElse) {
  std::mt19937 random(20261124);
  for (int i = 0; i < 50; ++i) {
    std::string bytes(random() % 200, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    v1::AgentMessage message;
    if (!message.ParseFromString(bytes) && message.kind_case() == v1::AgentMessage::KIND_NOT_SET) {
      message.mutable_records()->add_records()->set_seq(random());
    }
    auto client = Connect();
    client->Hello();
    client->Send(message);
    client->WritesDone();
    client->End();
  }
  EXPECT_TRUE(ConnectAndGreet()->Heartbeat(1));
}

}  // namespace
}  // namespace faultline::ingest
