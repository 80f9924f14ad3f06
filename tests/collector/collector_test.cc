// The collector as a whole: its start and its end.
#include "collector/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "collector/config/config.h"
#include "collector/security/authority.h"
#include "common/grpc/prepare.h"
#include "tests/collector/http/raw_client.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::collector {
namespace {

using testing::HasSubstr;

class CollectorTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { PrepareGrpc(); }
  CollectorTest() {
    config_.listen_agents = config_.listen_enrolment = config_.listen_http = "127.0.0.1:0";
    config_.authority.directory = temp_ / "authority";
    config_.store_path = temp_ / "faultline.db";
  }
  std::unique_ptr<Collector> Start() {
    auto collector = Collector::Start(config_, clock_);
    EXPECT_TRUE(collector.ok()) << collector.status();
    return *std::move(collector);
  }
  static std::string Ask(int port, const std::string& request) {
    http::RawClient client(port);
    return client.Send(request) ? client.ReadToEnd() : "";
  }

  const SystemClock clock_;
  const fakes::TempDirectory temp_;
  config::CollectorConfig config_;
};

TEST_F(CollectorTest, StopsWhileItIsAskedForItsNumbers) {
  for (int round = 0; round < 3; ++round) {
    auto collector = Start();
    const int port = collector->http_port();
    std::atomic<bool> over{false};
    std::atomic<bool> answered{false};
    std::thread scraper([&] {
      while (!over) {
        const std::string answer =
            Ask(port, "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        if (!answer.empty()) answered = true;
        answered.notify_all();
      }
    });
    answered.wait(false);
    collector.reset();
    over = true;
    scraper.join();
  }
}

// Else whoever tries is told that his key is wrong, or to look for one that is nowhere.
TEST_F(CollectorTest, WithAnAuthorityOfYourOwnAChangeIsRefusedForWhatIsMissing) {
  const auto yours = security::Authority::OpenOrMake(temp_ / "yours", clock_.Now());
  const auto server = (*yours)->IssueServer();
  config_.tls_ca = temp_ / "ca.crt";
  config_.tls_certificate = temp_ / "collector.crt";
  config_.tls_key = temp_ / "collector.key";
  std::ofstream(config_.tls_ca) << server->authority;
  std::ofstream(config_.tls_certificate) << server->certificate;
  std::ofstream(config_.tls_key) << server->key;
  const auto collector = Start();
  std::string key;
  std::ifstream(config_.OperatorKeyFile()) >> key;
  ASSERT_EQ(key.size(), 64u);
  const auto post = [&](const std::string& with_key) {
    return Ask(collector->http_port(),
               absl::StrCat("POST /api/v1/tokens HTTP/1.1\r\nHost: 127.0.0.1\r\n",
                            "Connection: close\r\nContent-Type: application/json\r\n",
                            "Authorization: Bearer ", with_key, "\r\nContent-Length: 2\r\n\r\n{}"));
  };
  EXPECT_THAT(post(key), HasSubstr("HTTP/1.1 409"));
  EXPECT_THAT(post(key), HasSubstr("is not a certificate authority"));
  EXPECT_THAT(post(std::string(64, '0')), HasSubstr("HTTP/1.1 401"));
}

}  // namespace
}  // namespace faultline::collector
