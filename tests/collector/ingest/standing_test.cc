// Streams of hosts whose certificates come from the collector's own authority.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/ingest/ingest.h"
#include "tests/collector/ingest/stream_client.h"
#include "tests/collector/security/joining_testing.h"
#include "tests/fakes/tls_handshake.h"

namespace faultline::ingest {
namespace {

using security::Granted;
using security::HostKey;
using testing::HasSubstr;

class StandingTest : public security::JoiningFixture {
 protected:
  StandingTest() {
    options_ingest_ = {.listen = "127.0.0.1:0",
                       .own = *joining_->authority().IssueServer(),
                       .standing = &joining_->standing()};
    auto server = IngestServer::Start(options_ingest_, gate_, clock_);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    joining_->set_on_ended(
        [this](const HostId& host, const std::string& why) { server_->EndStreams(host, why); });
  }
  ~StandingTest() override {
    joining_->set_on_ended({});
    server_.reset();
  }
  std::unique_ptr<StreamClient> Connect(const Granted& granted, const HostKey& key) {
    return std::make_unique<StreamClient>(
        server_->port(), joining_->authority().pem(),
        StreamClient::Own{security::PemOfDer(granted.certificate), key.Pem()});
  }

  RecordingGate gate_;
  IngestOptions options_ingest_;
  std::unique_ptr<IngestServer> server_;
};

TEST_F(StandingTest, AHostThatJoinedMayStream) {
  const HostKey key;
  const auto granted = Enrol(Token(), key);
  const auto client = Connect(*granted, key);
  EXPECT_TRUE(client->Hello());
  EXPECT_TRUE(gate_.WaitFor([&] { return !gate_.hosts.empty(); }));
  EXPECT_EQ(gate_.hosts[0].id, security::kDb1);
  EXPECT_EQ(server_->counters().refused_standing, 0u);
}

TEST_F(StandingTest, ARevokedCertificateIsRefusedAndToldWhy) {
  const HostKey key;
  const auto granted = Enrol(Token(), key);
  ASSERT_TRUE(joining_->RevokeHost("shop", "", "db-1", "the test").ok());
  const grpc::Status status = Connect(*granted, key)->End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(status.error_message(), HasSubstr("was revoked: by an operator"));
  EXPECT_EQ(server_->counters().refused_standing, 1u);
  EXPECT_TRUE(gate_.Locked([&] { return gate_.hosts.empty(); }));
}

TEST_F(StandingTest, ACertificateThatTheRegistryDoesNotKnowIsRefused) {
  const HostKey key;
  const auto issued = joining_->authority().IssueHost(key.get(), {security::kDb1, "db"},
                                                      clock_.Now(), Span::Seconds(3600));
  const grpc::Status status = Connect({.certificate = issued->der}, key)->End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(status.error_message(), HasSubstr("not in this collector's registry"));
}

TEST_F(StandingTest, RevokingAHostEndsItsLiveStreamAtOnceAndNoOther) {
  const HostKey key, other_key;
  const auto granted = Enrol(Token(), key);
  const auto other = Enrol(Token(), other_key, "db-2");
  const auto client = Connect(*granted, key);
  const auto stays = Connect(*other, other_key);
  EXPECT_TRUE(client->Hello());
  EXPECT_TRUE(stays->Hello());
  ASSERT_TRUE(gate_.WaitFor([&] { return gate_.hosts.size() == 2; }));
  ASSERT_TRUE(joining_->RevokeHost("shop", "", "db-1", "the test").ok());
  EXPECT_EQ(gate_.Locked([&] { return gate_.closed; }), 1);
  const grpc::Status status = client->End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(status.error_message(), HasSubstr("your certificate was revoked: by an operator"));
  EXPECT_TRUE(stays->Heartbeat(1));
  EXPECT_TRUE(gate_.WaitFor([&] { return !gate_.inputs.empty(); }));
}

TEST_F(StandingTest, ATakeoverEndsTheOldMachinesStreamAndRenewalEndsNone) {
  const HostKey key, next, other;
  const auto granted = Enrol(Token(), key);
  const auto client = Connect(*granted, key);
  EXPECT_TRUE(client->Hello());
  ASSERT_TRUE(gate_.WaitFor([&] { return gate_.hosts.size() == 1; }));
  ASSERT_TRUE(Renew(granted->certificate, key, next).ok());
  EXPECT_TRUE(client->Heartbeat(1));
  ASSERT_TRUE(gate_.WaitFor([&] { return !gate_.inputs.empty(); }));
  Settle();
  // As the pipeline sees it, the host is silent; its stream may hang in a dead network.
  ASSERT_TRUE(Enrol(Token(1, true), other).ok());
  EXPECT_EQ(client->End().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(StandingTest, AStreamThatIsOlderThanAllThatIsRememberedOfItEndsAsWell) {
  std::vector<std::unique_ptr<HostKey>> keys;
  keys.push_back(std::make_unique<HostKey>());
  auto granted = *Enrol(Token(), *keys.back());
  const std::string first = SerialOf(granted);
  const auto client = Connect(granted, *keys.back());
  EXPECT_TRUE(client->Hello());
  ASSERT_TRUE(gate_.WaitFor([&] { return gate_.hosts.size() == 1; }));
  // 40 days of renewals, which leave the stream as it is.
  for (int i = 0; i < 30; ++i) {
    clock_.Advance(Span::Seconds(32 * 3600));
    keys.push_back(std::make_unique<HostKey>());
    const auto next = Renew(granted.certificate, *keys[keys.size() - 2], *keys.back());
    ASSERT_TRUE(next.ok()) << next.status();
    granted = *next;
  }
  ForgetWhatEnded();
  ASSERT_FALSE(joining_->standing().Find(first));
  EXPECT_TRUE(client->Heartbeat(1));
  EXPECT_TRUE(gate_.WaitFor([&] { return !gate_.inputs.empty(); }));
  ASSERT_TRUE(joining_->RevokeHost("shop", "", "db-1", "the test").ok());
  EXPECT_EQ(client->End().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(StandingTest, ThePortSpeaksTls13Only) {
  EXPECT_FALSE(fakes::TlsHandshake(server_->port(), TLS1_2_VERSION));
  EXPECT_TRUE(fakes::TlsHandshake(server_->port(), TLS1_3_VERSION));
}

}  // namespace
}  // namespace faultline::ingest
