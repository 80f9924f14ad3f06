// A reload of the agent, as the collector and those who read its API see it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/fakes/temp_directory.h"
#include "tests/integration/whole_path.h"

namespace faultline {
namespace {

class ReloadTest : public testing::Test {
 protected:
  void SetUp() override {
    MakeCertificates(temp_.path() + "/tls");
    auto collector = collector::Collector::Start(TestCollectorConfig(temp_.path(), ""), clock_);
    ASSERT_TRUE(collector.ok()) << collector.status();
    collector_ = *std::move(collector);
    Write(Port(first_));
    auto config = config::LoadAgentConfig(file_);
    ASSERT_TRUE(config.ok()) << config.status();
    agent_ = std::make_unique<RunningAgent>(*config, clock_);
    ASSERT_TRUE(Eventually([&] { return Shows(first_, "STATE_OK"); })) << Checks();
  }

  // As editors and tools do it: a reload sees the whole file or the one before.
  void Write(const std::string& checks) {
    const std::string beside = file_ + ".new";
    std::ofstream(beside) << TestAgentYaml(temp_.path(), "app-1", collector_->agents_port(),
                                           checks);
    std::filesystem::rename(beside, file_);
  }
  static std::string Target(const DemoPort& port) {
    return absl::StrCat("127.0.0.1:", port.port());
  }
  static std::string Port(const DemoPort& port, const std::string& more = "interval: 100ms") {
    return absl::StrCat("  - {kind: port, target: \"", Target(port), "\", ", more, "}\n");
  }

  std::string Api(const std::string& path) { return HttpGet(collector_->http_port(), path); }
  std::string Checks() { return Api("/api/v1/checks?kind=port"); }
  // What the API says of one check, from its id to the next one's.
  std::string CheckText(const DemoPort& port) {
    const std::string all = Checks();
    const size_t at = all.find(absl::StrCat("\"port:", Target(port), "\""));
    if (at == std::string::npos) return "";
    const size_t end = all.find("\"id\"", at);
    return all.substr(at, end == std::string::npos ? end : end - at);
  }
  bool Shows(const DemoPort& port, const std::string& what) {
    return absl::StrContains(CheckText(port), what);
  }
  bool IsFiring() { return absl::StrContains(Api("/api/v1/alerts?state=firing"), "REFUSED"); }

  const SystemClock clock_;
  fakes::TempDirectory temp_;
  const std::string file_ = temp_.path() + "/agent.yaml";
  DemoPort first_;
  DemoPort second_;
  std::unique_ptr<collector::Collector> collector_;
  std::unique_ptr<RunningAgent> agent_;
};

TEST_F(ReloadTest, ANewCheckAppearsOnTheLiveStreamAndIsJudged) {
  Write(Port(first_) + Port(second_));
  agent_->Reload();
  ASSERT_TRUE(Eventually([&] { return Shows(second_, "STATE_OK"); })) << Checks();
  EXPECT_TRUE(Shows(first_, "STATE_OK"));
  second_.Close();
  EXPECT_TRUE(Eventually([&] { return IsFiring(); })) << Checks();
}

TEST_F(ReloadTest, ARemovedCheckIsGoneAndTakesItsAlertWithIt) {
  Write(Port(first_) + Port(second_));
  agent_->Reload();
  ASSERT_TRUE(Eventually([&] { return Shows(second_, "STATE_OK"); })) << Checks();
  second_.Close();
  ASSERT_TRUE(Eventually([&] { return IsFiring(); })) << Checks();
  Write(Port(first_));
  agent_->Reload();
  EXPECT_TRUE(Eventually([&] { return CheckText(second_).empty(); })) << Checks();
  EXPECT_TRUE(Eventually([&] { return !IsFiring(); })) << Api("/api/v1/alerts");
  EXPECT_TRUE(Shows(first_, "STATE_OK"));
}

TEST_F(ReloadTest, AChangedCheckThatIsDownStaysOneAlert) {
  first_.Close();
  ASSERT_TRUE(Eventually([&] { return IsFiring(); })) << Checks();
  Write(Port(first_, "interval: 200ms") + Port(second_));
  agent_->Reload();
  // The second one shows that the reload has arrived.
  ASSERT_TRUE(Eventually([&] { return Shows(second_, "STATE_OK"); })) << Checks();
  EXPECT_TRUE(IsFiring());
  const std::string incidents = Api("/api/v1/incidents");
  EXPECT_FALSE(absl::StrContains(incidents, "STATE_RESOLVED")) << incidents;
  first_.Open();
  EXPECT_TRUE(Eventually([&] { return !IsFiring(); })) << "and it still looks";
}

TEST_F(ReloadTest, ABadFileChangesNothing) {
  Write(Port(first_, "intervall: 100ms") + Port(second_));
  agent_->Reload();
  Write(Port(first_) + "  - {kind: prot, target: x}\n");
  agent_->Reload();
  first_.Close();
  EXPECT_TRUE(Eventually([&] { return IsFiring(); })) << Checks();
  EXPECT_TRUE(CheckText(second_).empty()) << Checks();
  first_.Open();
  Write(Port(first_) + Port(second_));
  agent_->Reload();
  EXPECT_TRUE(Eventually([&] { return Shows(second_, "STATE_OK"); })) << "a mended one is taken";
}

}  // namespace
}  // namespace faultline
