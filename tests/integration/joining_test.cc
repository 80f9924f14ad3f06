// A collector that is its own authority: a token by the API, a certificate by gRPC, a real agent's
// stream with it, and its end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "collector/security/digest.h"
#include "collector/security/join_token.h"
#include "common/grpc/prepare.h"
#include "faultline/v1/enrolment.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "tests/collector/security/host_key.h"
#include "tests/fakes/temp_directory.h"
#include "tests/integration/whole_path.h"

namespace faultline {
namespace {

using security::HostKey;
using testing::HasSubstr;

std::string ReadText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class JoiningTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { PrepareGrpc(); }

  JoiningTest() {
    config_ = TestCollectorConfig(temp_.path(), "");
    config_.tls_ca = config_.tls_certificate = config_.tls_key = "";
    config_.listen_enrolment = "127.0.0.1:0";
    config_.authority.directory = temp_ / "store/authority";
  }
  void Start() {
    collector_.reset();
    auto collector = collector::Collector::Start(config_, clock_);
    ASSERT_TRUE(collector.ok()) << collector.status();
    collector_ = *std::move(collector);
  }
  std::string Post(const std::string& path, const std::string& json) {
    const std::string key = ReadText(temp_ / "store/operator.key").substr(0, 64);
    return HttpExchange(collector_->http_port(),
                        absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: 127.0.0.1\r\n",
                                     "Connection: close\r\nContent-Type: application/json\r\n",
                                     "Authorization: Bearer ", key,
                                     "\r\nContent-Length: ", json.size(), "\r\n\r\n", json));
  }
  std::string Hosts() { return HttpGet(collector_->http_port(), "/api/v1/hosts"); }

  // As an agent: learns the authority by the proof, joins, and writes its files.
  grpc::Status Join(const std::string& token, const std::string& host) {
    const std::string address = absl::StrCat("127.0.0.1:", collector_->enrolment_port());
    const std::string authority = ReadText(temp_ / "store/authority/ca.crt");
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = authority;
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("faultline-collector");
    const auto stub = v1::Enrolment::NewStub(
        grpc::CreateCustomChannel(address, grpc::SslCredentials(tls), arguments));
    const HostKey key;
    v1::EnrolRequest request;
    request.set_token(token);
    request.set_host(host);
    request.set_certificate_request(key.Request());
    v1::Certificate certificate;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    const grpc::Status status = stub->Enrol(&context, request, &certificate);
    if (!status.ok()) return status;
    mkdir((temp_ / "tls").c_str(), 0700);
    std::ofstream(temp_ / "tls/ca.crt") << security::PemOfDer(certificate.authorities(0));
    std::ofstream(temp_ / ("tls/" + host + ".crt")) << security::PemOfDer(certificate.chain(0));
    std::ofstream(temp_ / ("tls/" + host + ".key")) << key.Pem();
    return status;
  }

  const fakes::TempDirectory temp_;
  const SystemClock clock_;
  config::CollectorConfig config_;
  std::unique_ptr<collector::Collector> collector_;
};

TEST_F(JoiningTest, FromTheFirstStartToAStreamThatIsRevoked) {
  Start();
  const std::string created =
      Post("/api/v1/tokens",
           R"({"stack": {"stack": "shop", "env": "prod"}, "roles": ["db"], "uses": 2})");
  const size_t at = created.find("ftok.");
  ASSERT_NE(at, std::string::npos) << created;
  const std::string token = created.substr(at, 42);
  const grpc::Status joined = Join(token, "db-1");
  ASSERT_TRUE(joined.ok()) << joined.error_message();

  const DemoPort port;
  const std::string checks =
      absl::StrCat("  - kind: port\n    target: 127.0.0.1:", port.port(), "\n");
  const auto config = TestAgentConfig(temp_.path(), "db-1", collector_->agents_port(), checks);
  auto agent = std::make_unique<RunningAgent>(config, clock_);
  EXPECT_TRUE(Eventually([&] { return Hosts().find("LINK_CONNECTED") != std::string::npos; }));
  EXPECT_THAT(Hosts(), HasSubstr("certificate_not_after"));
  EXPECT_THAT(
      HttpGet(collector_->http_port(), "/metrics"),
      HasSubstr("faultline_collector_enrolments_total{call=\"enrol\",result=\"issued\"} 1"));

  // Its name is taken while it lives.
  const grpc::Status second = Join(token, "db-1");
  EXPECT_EQ(second.error_code(), grpc::StatusCode::ALREADY_EXISTS) << second.error_message();

  EXPECT_THAT(Post("/api/v1/hosts/revoke", R"({"stack": "shop", "host": "db-1"})"),
              HasSubstr("\"certificates\":1"));
  EXPECT_TRUE(Eventually([&] { return Hosts().find("db-1") == std::string::npos; })) << Hosts();
  // And it does not come back.
  agent.reset();
  agent = std::make_unique<RunningAgent>(config, clock_);
  EXPECT_TRUE(Eventually([&] {
    return HttpGet(collector_->http_port(), "/metrics")
               .find("faultline_ingest_refused_standing_total 1\n") != std::string::npos;
  }));
}

TEST_F(JoiningTest, ATokenFileLetsHostsInWithoutAnybodysHelpAndOnlyOnce) {
  const security::JoinToken token =
      security::TokenFromRandom(security::RandomBytes(security::kTokenRandomBytes));
  std::ofstream(temp_ / "db.token") << token.Text() << "\n";
  chmod((temp_ / "db.token").c_str(), 0600);
  config_.authority.tokens = {
      {.file = temp_ / "db.token", .stack = "shop", .env = "prod", .roles = {"db"}}};
  Start();
  EXPECT_TRUE(Join(token.Text(), "db-1").ok());
  Start();
  EXPECT_EQ(Join(token.Text(), "db-2").error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

}  // namespace
}  // namespace faultline
