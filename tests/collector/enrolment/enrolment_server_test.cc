// The service on a real port, spoken to as agents do.
#include "collector/enrolment/enrolment_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

#include "collector/security/digest.h"
#include "faultline/v1/enrolment.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "tests/collector/security/joining_testing.h"
#include "tests/fakes/tls_handshake.h"

namespace faultline::enrolment {
namespace {

namespace v1 = faultline::v1;
using security::Authority;
using security::HostKey;
using testing::ElementsAre;
using testing::HasSubstr;

// As main() does: gRPC 1.51 refuses TLS 1.2 only so. Before anything of gRPC starts.
const bool kTls13Only = setenv("GRPC_SSL_CIPHER_SUITES", "PSK-AES128-GCM-SHA256", 1) == 0;

class Client {
 public:
  Client(int port, const std::string& authority_pem) {
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = authority_pem;
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("faultline-collector");
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = v1::Enrolment::NewStub(grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                                             grpc::SslCredentials(tls), arguments));
  }
  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (v1::Enrolment::Stub::*method)(grpc::ClientContext*,
                                                                const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return (stub_.get()->*method)(&context, request, response);
  }
  grpc::Status GetAuthority(const std::string& id, const std::string& nonce,
                            v1::GetAuthorityResponse* response) {
    v1::GetAuthorityRequest request;
    request.set_token_id(id);
    request.set_nonce(nonce);
    return Call(&v1::Enrolment::Stub::GetAuthority, request, response);
  }
  grpc::Status Enrol(const std::string& token, const HostKey& key, v1::Certificate* certificate,
                     const std::string& host = "db-1") {
    v1::EnrolRequest request;
    request.set_token(token);
    request.set_certificate_request(key.Request());
    request.set_host(host);
    request.set_instance_id("i-0abc");
    request.add_addresses("10.0.1.5");
    return Call(&v1::Enrolment::Stub::Enrol, request, certificate);
  }

 private:
  std::unique_ptr<v1::Enrolment::Stub> stub_;
};

class EnrolmentServerTest : public security::JoiningFixture {
 protected:
  EnrolmentServerTest() {
    auto own = joining_->authority().IssueServer();
    auto server = EnrolmentServer::Start({.listen = "127.0.0.1:0"}, *own, *joining_);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  ~EnrolmentServerTest() override { server_.reset(); }
  Client Connect() { return Client(server_->port(), joining_->authority().pem()); }
  // Each a host of its own, with the token and name that `what` says.
  std::vector<grpc::Status> AtOnce(
      int count, const std::function<std::pair<std::string, std::string>(int)>& what) {
    std::vector<grpc::Status> answers(static_cast<size_t>(count));
    std::vector<std::thread> hosts;
    for (int i = 0; i < count; ++i) {
      hosts.emplace_back([&, i] {
        const auto [token, name] = what(i);
        const HostKey key;
        v1::Certificate certificate;
        grpc::Status& answer = answers[static_cast<size_t>(i)];
        // As an agent does: what says "later", or nothing in time, is asked again with the same
        // key.
        for (int tries = 0; tries < 10; ++tries) {
          answer = Connect().Enrol(token, key, &certificate, name);
          if (answer.error_code() != grpc::StatusCode::UNAVAILABLE &&
              answer.error_code() != grpc::StatusCode::RESOURCE_EXHAUSTED &&
              answer.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED) {
            break;
          }
        }
      });
    }
    for (std::thread& host : hosts) host.join();
    return answers;
  }
  static int64_t CountOf(const std::vector<grpc::Status>& answers, grpc::StatusCode code) {
    return std::count_if(answers.begin(), answers.end(),
                         [&](const grpc::Status& each) { return each.error_code() == code; });
  }

  std::unique_ptr<EnrolmentServer> server_;
};

TEST_F(EnrolmentServerTest, AHostJoinsAndRenewsAsTheSpecificationSays) {
  const std::string token = Token();
  const std::string nonce = security::RandomBytes(32);
  // The channel of the first call trusts nobody: the proof alone says who answers.
  v1::GetAuthorityResponse authority;
  ASSERT_TRUE(Connect().GetAuthority(token.substr(5, 10), nonce, &authority).ok());
  EXPECT_EQ(authority.proof(),
            security::AuthorityProof(security::ProofKey(*security::ParseJoinToken(token)), nonce,
                                     authority.authority()));
  Client client(server_->port(), security::PemOfDer(authority.authority()));
  const HostKey key, next;
  v1::Certificate first, second;
  const grpc::Status enrolled = client.Enrol(token, key, &first);
  ASSERT_TRUE(enrolled.ok()) << enrolled.error_message();
  ASSERT_EQ(first.chain_size(), 1);
  EXPECT_THAT(first.authorities(), ElementsAre(authority.authority()));
  EXPECT_EQ(first.not_after_s() - first.not_before_s(), 48 * 3600);
  EXPECT_EQ(first.stack() + first.env() + first.role(), "shopproddb");

  v1::RenewRequest renew;
  renew.set_certificate(first.chain(0));
  renew.set_certificate_request(next.Request());
  renew.set_signature(key.SignRenewal(renew.certificate_request()));
  const grpc::Status renewed = client.Call(&v1::Enrolment::Stub::Renew, renew, &second);
  ASSERT_TRUE(renewed.ok()) << renewed.error_message();
  EXPECT_NE(second.chain(0), first.chain(0));
}

TEST_F(EnrolmentServerTest, AFalseAuthorityCannotMakeTheProof) {
  const std::string token = Token();
  const fakes::TempDirectory elsewhere;
  security::JoiningOptions options{.directory = elsewhere / "authority"};
  auto impostor = security::Joining::Open(options, live_, clock_);
  // It has heard the token's id and has a token of that id, without the secret.
  security::JoinToken guess = *security::ParseJoinToken(token);
  guess.secret = security::TokenFromRandom(security::RandomBytes(24)).secret;
  (*impostor)->ImportToken(guess, {.stack = {"shop", "prod"}, .roles = {"db"}}, "x").IgnoreError();
  auto own = (*impostor)->authority().IssueServer();
  auto server = EnrolmentServer::Start({.listen = "127.0.0.1:0"}, *own, **impostor);
  const std::string nonce = security::RandomBytes(32);
  v1::GetAuthorityResponse answer;
  Client client((*server)->port(), (*impostor)->authority().pem());
  ASSERT_TRUE(client.GetAuthority(guess.id, nonce, &answer).ok());
  EXPECT_NE(answer.proof(),
            security::AuthorityProof(security::ProofKey(*security::ParseJoinToken(token)), nonce,
                                     answer.authority()));
  // And on a channel that trusts the true authority, nothing reaches it.
  Client fooled((*server)->port(), joining_->authority().pem());
  v1::Certificate certificate;
  EXPECT_EQ(fooled.Enrol(token, HostKey(), &certificate).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(EnrolmentServerTest, StatusesAreThoseOfTheSpecification) {
  Client client = Connect();
  v1::GetAuthorityResponse authority;
  v1::Certificate certificate;
  EXPECT_EQ(client.GetAuthority("aaaaaaaaaa", std::string(32, 'n'), &authority).error_code(),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(client.Enrol("nonsense", HostKey(), &certificate).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  const std::string token = Token(1);
  ASSERT_TRUE(client.Enrol(token, HostKey(), &certificate).ok());
  const grpc::Status spent = client.Enrol(token, HostKey(), &certificate, "db-2");
  EXPECT_EQ(spent.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(spent.error_message(), HasSubstr("used up"));
  const grpc::Status taken = client.Enrol(Token(), HostKey(), &certificate);
  EXPECT_EQ(taken.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  v1::RenewRequest renew;
  renew.set_certificate("garbage");
  EXPECT_EQ(client.Call(&v1::Enrolment::Stub::Renew, renew, &certificate).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(EnrolmentServerTest, AMessageThatIsTooLargeIsNotTaken) {
  v1::EnrolRequest request;
  request.set_certificate_request(std::string(40'000, 'x'));
  v1::Certificate certificate;
  Client client = Connect();
  EXPECT_EQ(client.Call(&v1::Enrolment::Stub::Enrol, request, &certificate).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(client.Enrol(Token(), HostKey(), &certificate).ok());
}

TEST_F(EnrolmentServerTest, OneMoreHostThanUsesAtOnceAndExactlyOneStaysOut) {
  const std::string token = Token(16);
  const std::vector<grpc::Status> answers =
      AtOnce(17, [&](int i) { return std::pair(token, "app-" + std::to_string(i)); });
  EXPECT_EQ(CountOf(answers, grpc::StatusCode::OK), 16);
  EXPECT_EQ(CountOf(answers, grpc::StatusCode::UNAUTHENTICATED), 1) << [&] {
    std::string said;
    for (const grpc::Status& each : answers) {
      said += std::to_string(each.error_code()) + " " + each.error_message() + "\n";
    }
    return said;
  }();
  EXPECT_EQ(joining_->Tokens()->at(0).used, 16u);
}

TEST_F(EnrolmentServerTest, OfManyThatWantOneNameAtOnceOneGetsIt) {
  const std::string token = Token(16, true);
  const std::vector<grpc::Status> answers =
      AtOnce(8, [&](int) { return std::pair(token, std::string("db-1")); });
  EXPECT_EQ(CountOf(answers, grpc::StatusCode::OK), 1);
  EXPECT_EQ(CountOf(answers, grpc::StatusCode::ALREADY_EXISTS), 7);
  EXPECT_EQ(joining_->Tokens()->at(0).used, 1u);
}

TEST_F(EnrolmentServerTest, ThePortSpeaksTls13Only) {
  EXPECT_FALSE(fakes::TlsHandshake(server_->port(), TLS1_2_VERSION));
  EXPECT_TRUE(fakes::TlsHandshake(server_->port(), TLS1_3_VERSION));
}

TEST_F(EnrolmentServerTest, APortThatIsTakenIsAnErrorThatNamesTheField) {
  auto own = joining_->authority().IssueServer();
  const auto second = EnrolmentServer::Start(
      {.listen = "127.0.0.1:" + std::to_string(server_->port())}, *own, *joining_);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("listen.enrolment"));
}

}  // namespace
}  // namespace faultline::enrolment
