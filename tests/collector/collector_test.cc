// The collector as a whole: its start and its end.
#include "collector/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "collector/config/config.h"
#include "collector/security/authority.h"
#include "collector/store/store.h"
#include "common/grpc/prepare.h"
#include "tests/collector/http/raw_client.h"
#include "tests/fakes/http_receiver.h"
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

// Whoever alone could mend it would not be paged meanwhile.
TEST_F(CollectorTest, WithoutAGoodOperatorKeyOnlyChangesAreRefused) {
  for (const auto& [text, mode, mends] :
       {std::tuple{"", 0640, "remove it, and the next start makes a new one"},
        std::tuple{"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 0644,
                   "chmod 640 "}}) {
    std::ofstream(temp_ / "operator.key") << text;
    chmod((temp_ / "operator.key").c_str(), static_cast<mode_t>(mode));
    auto collector = Start();
    ASSERT_NE(collector, nullptr);
    const std::string head = " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n";
    EXPECT_THAT(Ask(collector->http_port(), "GET /api/v1/status" + head + "\r\n"),
                HasSubstr(" 200 "));
    EXPECT_THAT(
        Ask(collector->http_port(), "POST /api/v1/tokens" + head +
                                        "Content-Type: application/json\r\nContent-Length: "
                                        "2\r\n\r\n{}"),
        AllOf(HasSubstr(" 503 "), HasSubstr("nothing can be changed here: operator.key_file: "),
              HasSubstr(mends)));
  }
}

TEST_F(CollectorTest, ARefusedReloadIsToldToWhoeverAsksUntilOneSucceeds) {
  const auto collector = Start();
  const auto get = [&](const std::string& path) {
    return Ask(collector->http_port(),
               "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  };
  EXPECT_THAT(get("/metrics"), HasSubstr("\nfaultline_config_last_reload_successful 1\n"));
  EXPECT_THAT(get("/metrics"),
              HasSubstr("\nfaultline_config_last_reload_success_timestamp_seconds 1"));
  EXPECT_THAT(get("/api/v1/status"), testing::Not(HasSubstr("reload_refused")));

  EXPECT_FALSE(collector->Reload(absl::InvalidArgumentError("c.yaml:3: no\nc.yaml:4: nor")).ok());
  EXPECT_THAT(get("/metrics"), HasSubstr("\nfaultline_config_last_reload_successful 0\n"));
  EXPECT_THAT(get("/api/v1/status"), HasSubstr("\"error\":\"c.yaml:3: no\\nc.yaml:4: nor\""));
  auto uncallable = config_;
  uncallable.webhooks = {{.name = "chat", .url = "gopher://a.example/"}};
  EXPECT_FALSE(collector->Reload(uncallable).ok());
  EXPECT_THAT(get("/api/v1/status"), HasSubstr("reload_refused"));

  EXPECT_TRUE(collector->Reload(config_).ok());
  EXPECT_THAT(get("/metrics"), HasSubstr("\nfaultline_config_last_reload_successful 1\n"));
  EXPECT_THAT(get("/api/v1/status"), testing::Not(HasSubstr("reload_refused")));
}

// A release before wrote the ids of alerts so, and froze them into what waits to be delivered.
TEST_F(CollectorTest, WhatAnOlderOneLeftIsFoundAndTold) {
  fakes::HttpReceiver pager;
  config_.webhooks = {{.name = "pager", .url = pager.url()}};
  config_.display_url = "https://faultline.example";
  rules::Alert alert;
  alert.id = "shop/prod/db-1/unit:mysql.service/ServiceDown";
  alert.rule = "ServiceDown";
  alert.host = {{"shop", "prod"}, "db-1"};
  alert.check = {"unit", "mysql.service", ""};
  alert.subject = "database";
  alert.state = rules::AlertState::kFiring;
  alert.reason = "UNIT_FAILED";
  alert.since = alert.received = alert.fired_at = clock_.Now();
  alert.incident = 7;
  incidents::Incident incident;
  incident.id = 7;
  incident.dedup_key = "shop/prod/database/db-1/spool/1/2";
  incident.stack = alert.host.stack;
  incident.subject = alert.subject;
  incident.lead_alert = alert.id;
  incident.host = "db-1";
  incident.title = incident.text = "CRITICAL shop-prod: database down.";
  incident.since = incident.opened_at = alert.since;
  incident.alerts = {alert};
  {
    auto store = store::OpenSqliteStore({config_.store_path, {"pager"}}, clock_);
    ASSERT_TRUE(store.ok()) << store.status();
    store::Commit commit;
    commit.alerts = {alert};
    commit.incidents = {incident};
    commit.outbox = {{.version = 1, .incident = incident, .decided_at = alert.since}};
    (*store)->Submit(std::move(commit), nullptr);
  }
  const auto collector = Start();
  const std::string id = "\"id\":\"shop-prod/db-1/unit:mysql.service/ServiceDown\"";
  ASSERT_TRUE(pager.WaitForRequests(1));
  const std::string body = pager.requests()[0].body;
  EXPECT_THAT(body, HasSubstr(id));
  EXPECT_THAT(body, HasSubstr("\"url\":\"https://faultline.example/incidents/7\""));
  const std::string request = " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  const std::string alerts = Ask(collector->http_port(), "GET /api/v1/alerts" + request);
  EXPECT_THAT(alerts, HasSubstr(id));
  EXPECT_THAT(alerts, HasSubstr("STATE_FIRING"));
  EXPECT_THAT(Ask(collector->http_port(), "GET /api/v1/status" + request),
              HasSubstr("shop/prod/database/db-1/spool/1/2"));
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
