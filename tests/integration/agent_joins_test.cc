// A whole agent that joins a whole collector by itself, in any order, and again after it was
// revoked.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/grpc/prepare.h"
#include "tests/fakes/temp_directory.h"
#include "tests/integration/whole_path.h"

namespace faultline {
namespace {

class AgentJoinsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { PrepareGrpc(); }

  void SetUp() override {
    config::CollectorConfig config = TestCollectorConfig(temp_.path(), "");
    config.tls_ca = config.tls_certificate = config.tls_key = "";
    config.listen_enrolment = "127.0.0.1:0";
    config.authority.directory = temp_ / "store/authority";
    auto collector = collector::Collector::Start(config, clock_);
    ASSERT_TRUE(collector.ok()) << collector.status();
    collector_ = *std::move(collector);
  }

  std::string Post(const std::string& path, const std::string& json) {
    std::ostringstream key;
    key << std::ifstream(temp_ / "store/operator.key").rdbuf();
    return HttpExchange(
        collector_->http_port(),
        absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n",
                     "Content-Type: application/json\r\nAuthorization: Bearer ",
                     key.str().substr(0, 64), "\r\nContent-Length: ", json.size(), "\r\n\r\n",
                     json));
  }
  // Puts a new token into the agent's token file, as a whole.
  void WriteNewToken() {
    const std::string created =
        Post("/api/v1/tokens", R"({"stack": {"stack": "shop", "env": "prod"}, "roles": ["db"]})");
    const size_t at = created.find("ftok.");
    ASSERT_NE(at, std::string::npos) << created;
    const std::string beside = temp_ / "token.new";
    std::ofstream(beside) << created.substr(at, 42) << "\n";
    chmod(beside.c_str(), 0600);
    std::filesystem::rename(beside, temp_ / "token");
  }
  void Revoke() {
    const std::string answer = Post("/api/v1/hosts/revoke", R"({"stack": "shop", "host": "db-1"})");
    EXPECT_TRUE(absl::StrContains(answer, "\"certificates\":1")) << answer;
  }
  std::string Hosts() { return HttpGet(collector_->http_port(), "/api/v1/hosts"); }
  bool IsConnected() { return absl::StrContains(Hosts(), "LINK_CONNECTED"); }

  config::AgentConfig AgentConfig() {
    auto config = config::ParseAgentConfig(
        absl::StrCat("collector:\n  address: 127.0.0.1:", collector_->agents_port(),
                     "\njoin:\n  token_file: ", temp_ / "token", "\n  address: 127.0.0.1:",
                     collector_->enrolment_port(), "\n  host: db-1\nstate_dir: ", temp_ / "agent",
                     "\nchecks:\n  - {kind: port, target: \"127.0.0.1:", port_.port(), "\"}\n"),
        "test.yaml");
    EXPECT_TRUE(config.ok()) << config.status();
    return *std::move(config);
  }

  const SystemClock clock_;
  const fakes::TempDirectory temp_;
  const DemoPort port_;
  std::unique_ptr<collector::Collector> collector_;
};

TEST_F(AgentJoinsTest, StreamsAgainWithinFiveSecondsOfANewTokenHoweverOftenItIsRevoked) {
  RunningAgent agent(AgentConfig(), clock_);
  WriteNewToken();
  ASSERT_TRUE(Eventually([&] { return IsConnected(); })) << Hosts();
  for (int times = 1; times <= 2; ++times) {
    Revoke();
    ASSERT_TRUE(Eventually([&] { return !IsConnected(); })) << Hosts();
    WriteNewToken();
    EXPECT_TRUE(Eventually([&] { return IsConnected(); }, 5'000)) << times << ": " << Hosts();
  }
}

TEST_F(AgentJoinsTest, JoinsAnewAtOnceWithATokenThatWasThereBeforeTheRevocation) {
  RunningAgent agent(AgentConfig(), clock_);
  WriteNewToken();
  ASSERT_TRUE(Eventually([&] { return IsConnected(); })) << Hosts();
  for (int times = 1; times <= 2; ++times) {
    WriteNewToken();
    Revoke();
    EXPECT_TRUE(Eventually([&] {
      return absl::StrContains(HttpGet(collector_->http_port(), "/metrics"),
                               absl::StrCat("{call=\"enrol\",result=\"issued\"} ", times + 1));
    })) << times;
    EXPECT_TRUE(Eventually([&] { return IsConnected(); }, 5'000)) << times << ": " << Hosts();
  }
}

}  // namespace
}  // namespace faultline
