// Agent and collector in one process, over real sockets, TLS, SQLite and HTTP.
#include "tests/integration/whole_path.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/agent/cloud/cloud_testing.h"
#include "tests/fakes/http_receiver.h"
#include "tests/fakes/temp_directory.h"

namespace faultline {
namespace {

class WholePathTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = temp_.path();
    MakeCertificates(directory_ + "/tls");
    collector_config_ =
        TestCollectorConfig(directory_, absl::StrCat("http://127.0.0.1:", pager_.port(), "/hook"));
    StartCollector();
  }

  void StartCollector() {
    auto collector = collector::Collector::Start(collector_config_, clock_);
    ASSERT_TRUE(collector.ok()) << collector.status();
    collector_ = *std::move(collector);
    // A restarted one comes back to its agents under the same address.
    collector_config_.listen_agents = absl::StrCat("127.0.0.1:", collector_->agents_port());
  }

  std::string PortCheck() const {
    return absl::StrCat("  - {kind: port, target: \"127.0.0.1:", demo_.port(),
                        "\", interval: 100ms, subject: database}\n");
  }

  std::string Api(const std::string& path) { return HttpGet(collector_->http_port(), path); }

  bool AllOk() { return absl::StrContains(Api("/api/v1/checks?kind=port"), "STATE_OK"); }

  size_t Said(const std::string& event) {
    size_t count = 0;
    for (const auto& request : pager_.requests()) {
      if (absl::StrContains(request.body, absl::StrCat("\"event\":\"", event, "\""))) ++count;
    }
    return count;
  }

  const SystemClock clock_;
  fakes::TempDirectory temp_;
  std::string directory_;
  fakes::HttpReceiver pager_;
  DemoPort demo_;
  config::CollectorConfig collector_config_;
  std::unique_ptr<collector::Collector> collector_;
};

TEST_F(WholePathTest, AClosedPortIsToldOnceAndItsReturnOnce) {
  RunningAgent agent(TestAgentConfig(directory_, "app-1", collector_->agents_port(), PortCheck()),
                     clock_);
  ASSERT_TRUE(Eventually([&] { return AllOk(); })) << Api("/api/v1/checks");

  demo_.Close();
  ASSERT_TRUE(Eventually([&] { return Said("opened") == 1; })) << Api("/api/v1/alerts");
  const std::string body = pager_.requests().front().body;
  EXPECT_TRUE(absl::StrContains(body, "REFUSED")) << body;
  EXPECT_TRUE(absl::StrContains(body, "CRITICAL shop-prod: database")) << body;

  demo_.Open();
  ASSERT_TRUE(Eventually([&] { return Said("resolved") == 1; })) << Api("/api/v1/alerts");
  EXPECT_EQ(pager_.requests().size(), 2u);
  EXPECT_TRUE(absl::StrContains(Api("/api/v1/incidents"), "STATE_RESOLVED"));
}

TEST_F(WholePathTest, WhichInstanceAHostIsComesOutOfTheApiAndStaysWithARestartedCollector) {
  const cloud::MachineFiles machine;
  machine.WriteInstanceData();
  const agent::AgentSeams seams{.cloud = {.root = machine.root()}};
  const auto says_instance = [this] {
    const std::string hosts = Api("/api/v1/hosts");
    return absl::StrContains(hosts, "\"instance_id\":\"i-0123456789abcdef0\"") &&
           absl::StrContains(hosts, "\"region\":\"us-east-1\"");
  };
  {
    RunningAgent agent(TestAgentConfig(directory_, "app-1", collector_->agents_port(), PortCheck()),
                       clock_, seams);
    ASSERT_TRUE(Eventually(says_instance)) << Api("/api/v1/hosts");
  }
  collector_.reset();
  StartCollector();
  EXPECT_TRUE(says_instance()) << Api("/api/v1/hosts");
}

TEST_F(WholePathTest, AnInstanceThatIsFoundLateIsToldOnTheStreamThatLives) {
  const cloud::MachineFiles machine;
  machine.BeEc2();
  cloud::FakeMetadata metadata;
  std::atomic<bool> ready = false;
  metadata.set_answer([&](const std::string& head) {
    return ready ? cloud::FakeMetadata::AsItShould(head)
                 : cloud::HttpAnswer("503 Service Unavailable", "");
  });
  RunningAgent agent(TestAgentConfig(directory_, "app-1", collector_->agents_port(), PortCheck()),
                     clock_,
                     {.cloud = {.root = machine.root(),
                                .service = metadata.service(),
                                .first_retry = Span::Millis(20),
                                .longest_retry = Span::Millis(50)}});
  ASSERT_TRUE(Eventually([&] { return AllOk(); }));
  EXPECT_TRUE(absl::StrContains(Api("/api/v1/hosts"), "\"instance_id\":\"\""));
  ready = true;
  EXPECT_TRUE(Eventually([&] {
    return absl::StrContains(Api("/api/v1/hosts"), "\"instance_id\":\"i-0123456789abcdef0\"");
  })) << Api("/api/v1/hosts");
}

TEST_F(WholePathTest, TheWebhooksUrlIsTheIncidentsPage) {
  collector_config_.display_url = "https://faultline.example";
  collector_.reset();
  StartCollector();
  RunningAgent agent(TestAgentConfig(directory_, "app-1", collector_->agents_port(), PortCheck()),
                     clock_);
  ASSERT_TRUE(Eventually([&] { return AllOk(); }));
  demo_.Close();
  ASSERT_TRUE(Eventually([&] { return Said("opened") == 1; })) << Api("/api/v1/alerts");
  const std::string body = pager_.requests().front().body;
  EXPECT_TRUE(absl::StrContains(body, "\"url\":\"https://faultline.example/incidents/1\"")) << body;
  const std::string id =
      absl::StrCat("\"id\":\"shop-prod/app-1/port:127.0.0.1:", demo_.port(), "/PortUnreachable\"");
  EXPECT_TRUE(absl::StrContains(body, id)) << body;
  EXPECT_TRUE(absl::StrContains(Api("/api/v1/alerts"), id)) << Api("/api/v1/alerts");
}

TEST_F(WholePathTest, WhatHappenedWhileTheCollectorWasAwayIsToldOnItsReturn) {
  RunningAgent agent(TestAgentConfig(directory_, "app-1", collector_->agents_port(), PortCheck()),
                     clock_);
  ASSERT_TRUE(Eventually([&] { return AllOk(); }));
  collector_.reset();
  demo_.Close();
  StartCollector();
  ASSERT_TRUE(Eventually([&] { return Said("opened") == 1; }, 60'000)) << Api("/api/v1/alerts");
}

TEST_F(WholePathTest, AnIncidentOutlivesTheCollectorAndIsNotToldAgain) {
  RunningAgent agent(TestAgentConfig(directory_, "app-1", collector_->agents_port(), PortCheck()),
                     clock_);
  ASSERT_TRUE(Eventually([&] { return AllOk(); }));
  demo_.Close();
  ASSERT_TRUE(Eventually([&] { return Said("opened") == 1; }));
  collector_.reset();
  StartCollector();
  EXPECT_TRUE(absl::StrContains(Api("/api/v1/incidents"), "STATE_OPEN"));
  demo_.Open();
  ASSERT_TRUE(Eventually([&] { return Said("resolved") == 1; }, 60'000));
  EXPECT_EQ(Said("opened"), 1u);
}

TEST_F(WholePathTest, ASecondHostsTroubleJoinsTheSameIncident) {
  RunningAgent app(TestAgentConfig(directory_, "app-1", collector_->agents_port(), PortCheck()),
                   clock_);
  RunningAgent db(TestAgentConfig(directory_, "db-1", collector_->agents_port(), PortCheck()),
                  clock_);
  ASSERT_TRUE(Eventually([&] {
    return absl::StrContains(Api("/api/v1/checks?kind=port&host=app-1"), "STATE_OK") &&
           absl::StrContains(Api("/api/v1/checks?kind=port&host=db-1"), "STATE_OK");
  }));
  demo_.Close();
  ASSERT_TRUE(Eventually([&] {
    const std::string alerts = Api("/api/v1/alerts?state=firing");
    return absl::StrContains(alerts, "\"app-1\"") && absl::StrContains(alerts, "\"db-1\"");
  }));
  // The picture may be ahead of the pager, which waits for the store.
  ASSERT_TRUE(Eventually([&] { return Said("opened") == 1; }));
  EXPECT_EQ(pager_.requests().size(), 1u);
}

TEST_F(WholePathTest, ALookOnDemandFreshensTheChecklist) {
  const std::string address = absl::StrCat("127.0.0.1:", demo_.port());
  RunningAgent agent(TestAgentConfig(directory_, "app-1", collector_->agents_port(),
                                     absl::StrCat("  - {kind: port, target: \"", address,
                                                  "\", interval: 1h, subject: database}\n")),
                     clock_);
  ASSERT_TRUE(Eventually([&] { return AllOk(); }));
  const std::string asked =
      HttpExchange(collector_->http_port(),
                   "POST /api/v1/looks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
                   "application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
  const std::string name = "\"asked_at\":\"";
  const size_t at = asked.find(name);
  ASSERT_NE(at, std::string::npos) << asked;
  const size_t begin = at + name.size();
  const std::string rows = absl::StrCat("/api/v1/verify?stack=shop&since=",
                                        asked.substr(begin, asked.find('"', begin) - begin));
  EXPECT_TRUE(Eventually([&] {
    return absl::StrContains(
        Api(rows), absl::StrCat("\"seen\":\"", address, " answers\",\"state\":\"STATE_PASS\""));
  })) << Api(rows);
}

TEST_F(WholePathTest, GarbageOnEveryPortHarmsNothing) {
  RunningAgent agent(TestAgentConfig(directory_, "app-1", collector_->agents_port(), PortCheck()),
                     clock_);
  ASSERT_TRUE(Eventually([&] { return AllOk(); }));
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    std::string bytes(1 + random() % 4000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    bytes += "\r\n\r\n";
    SendGarbage(collector_->agents_port(), bytes);
    SendGarbage(collector_->http_port(), bytes);
  }
  demo_.Close();
  EXPECT_TRUE(Eventually([&] { return Said("opened") == 1; }));
}

TEST_F(WholePathTest, AnAgentOfAnotherAuthorityIsRefused) {
  MakeCertificates(directory_ + "/other/tls");
  RunningAgent stranger(
      TestAgentConfig(directory_ + "/other", "app-1", collector_->agents_port(), PortCheck()),
      clock_);
  RunningAgent agent(TestAgentConfig(directory_, "db-1", collector_->agents_port(), PortCheck()),
                     clock_);
  ASSERT_TRUE(Eventually([&] { return AllOk(); }));
  EXPECT_FALSE(absl::StrContains(Api("/api/v1/hosts"), "app-1"));
}

TEST_F(WholePathTest, HealthAndReadinessAnswer) {
  EXPECT_FALSE(Api("/healthz").empty());
  EXPECT_TRUE(Eventually([&] { return !Api("/readyz").empty(); }));
  EXPECT_TRUE(absl::StrContains(Api("/metrics"), "faultline_build_info"));
}

}  // namespace
}  // namespace faultline
