// A host loses its power: the programs themselves, on hosts and a switch of the test's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/fakes/http_receiver.h"
#include "tests/fakes/net_namespace.h"
#include "tests/fakes/temp_directory.h"
#include "tests/integration/whole_path.h"

namespace faultline {
namespace {

using testing::HasSubstr;

// A program inside a network namespace, killed when the test ends.
class LanProgram {
 public:
  LanProgram(const fakes::NetNamespace& where, const std::string& program,
             const std::string& configuration) {
    const fakes::InNamespace inside(where.fd());
    pid_ = fork();
    if (pid_ != 0) return;
    execl(program.c_str(), program.c_str(), "--config", configuration.c_str(), nullptr);
    _exit(127);
  }
  ~LanProgram() { Kill(); }

  // Without a goodbye.
  void Kill() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
};

// base 10.9.0.1 (the collector and an agent), web 10.9.0.2 and data 10.9.0.3 on one switch.
class HostGoneTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!MakeLan()) GTEST_SKIP() << "needs root and iproute2";
    const std::string certificates =
        absl::StrCat(FAULTLINE_SOURCE_DIR, "/scripts/make-certificates ", directory(),
                     "/tls shop prod base:collector web:app data:db >/dev/null");
    ASSERT_EQ(std::system(certificates.c_str()), 0);
    // The certificate's names are those of loopback: the address is another, the name is the same.
    Write("collector.yaml",
          absl::StrCat("listen: {agents: \"10.9.0.1:30743\", http: \"127.0.0.1:30780\"}\n",
                       "tls:\n  ca: ", directory(), "/tls/ca.crt\n  certificate: ", directory(),
                       "/tls/collector.crt\n  key: ", directory(), "/tls/collector.key\n",
                       "store: {path: ", directory(), "/store/faultline.db}\n",
                       "notify:\n  - name: pager\n    webhook: {url: \"http://127.0.0.1:",
                       pager_->port(), "/hook\"}\n"));
    std::filesystem::create_directories(directory() + "/store");
    collector_.emplace(hosts_.at("base"), FAULTLINE_COLLECTOR, directory() + "/collector.yaml");
    for (const char* host : {"base", "web", "data"}) StartAgent(host);
  }

  std::string directory() const { return temp_.path(); }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory() + "/" + name) << text;
  }

  bool MakeLan() {
    if (!lan_.valid() || !lan_.Run("ip link add lan type bridge && ip link set lan up")) {
      return false;
    }
    int last = 0;
    for (const char* host : {"base", "web", "data"}) {
      const fakes::NetNamespace& own = hosts_[host];
      const bool joined =
          own.valid() &&
          lan_.Run(absl::StrCat("ip link add ", host, " type veth peer name eth0 netns ",
                                own.path(), " && ip link set ", host, " master lan up")) &&
          own.Run(
              absl::StrCat("ip addr add 10.9.0.", ++last, "/24 dev eth0 && ip link set eth0 up"));
      if (!joined) return false;
    }
    const fakes::InNamespace inside(hosts_.at("base").fd());
    pager_.emplace();
    return true;
  }

  void StartAgent(const std::string& host) {
    std::string yaml =
        TestAgentYaml(directory(), host, 30743, "  - {kind: load, target: system}\n");
    yaml.replace(yaml.find("127.0.0.1"), 9, "10.9.0.1");
    Write(host + ".yaml", absl::StrCat("cloud: none\n", yaml));
    std::filesystem::create_directories(directory() + "/" + host);
    agents_[host] = std::make_unique<LanProgram>(hosts_.at(host), FAULTLINE_AGENT,
                                                 directory() + "/" + host + ".yaml");
  }

  // How many pings a host has been sent so far.
  int PingsOf(const std::string& host) const {
    const fakes::InNamespace inside(hosts_.at(host).fd());
    std::ifstream snmp("/proc/thread-self/net/snmp");
    std::vector<std::string> names;
    for (std::string line; std::getline(snmp, line);) {
      if (line.rfind("Icmp:", 0) != 0) continue;
      const std::vector<std::string> words = absl::StrSplit(line, ' ');
      if (names.empty()) {
        names = words;
        continue;
      }
      for (size_t i = 0; i < names.size() && i < words.size(); ++i) {
        if (names[i] == "InEchos") return std::atoi(words[i].c_str());
      }
    }
    return 0;
  }

  std::string Said() const {
    const auto requests = pager_->requests();
    return requests.empty() ? "" : requests.back().body;
  }

  const fakes::TempDirectory temp_;
  const fakes::NetNamespace lan_;
  std::map<std::string, fakes::NetNamespace> hosts_;
  std::optional<fakes::HttpReceiver> pager_;
  std::optional<LanProgram> collector_;
  std::map<std::string, std::unique_ptr<LanProgram>> agents_;
};

TEST_F(HostGoneTest, ADeadHostIsAPageWithinSecondsAndAKilledAgentIsNone) {
  ASSERT_TRUE(Eventually([this] { return PingsOf("web") >= 2; }))
      << "both others find out whether it answers them";
  const int well = PingsOf("web");

  agents_.at("web")->Kill();
  ASSERT_TRUE(Eventually([&] { return PingsOf("web") >= well + 6; }))
      << "they look, again and again";
  EXPECT_EQ(Said(), "") << "its host answers";

  const auto died = std::chrono::steady_clock::now();
  ASSERT_TRUE(lan_.Run("ip link set web down"));
  ASSERT_TRUE(Eventually([this] { return !Said().empty(); }, 120'000));
  EXPECT_THAT(Said(), HasSubstr("host web is gone."));
  EXPECT_THAT(Said(), HasSubstr("base and data get no answer (ping, 22)"));
  EXPECT_THAT(Said(), HasSubstr("critical"));
  EXPECT_LT(std::chrono::steady_clock::now() - died, std::chrono::seconds(60));

  ASSERT_TRUE(lan_.Run("ip link set web up"));
  StartAgent("web");
  ASSERT_TRUE(Eventually(
      [this] { return Said().find("\"event\":\"resolved\"") != std::string::npos; }, 60'000));
  EXPECT_THAT(Said(), HasSubstr("host web is well again"));
}

TEST_F(HostGoneTest, APowerLossIsToldWithinSeconds) {
  ASSERT_TRUE(Eventually([this] { return PingsOf("data") >= 2; }));
  ASSERT_TRUE(Eventually([this] { return PingsOf("web") >= 2; }));
  const auto died = std::chrono::steady_clock::now();
  ASSERT_TRUE(lan_.Run("ip link set web down"));  // no packet of it ends its stream
  ASSERT_TRUE(Eventually([this] { return !Said().empty(); }, 30'000));
  const auto took = std::chrono::steady_clock::now() - died;
  RecordProperty(
      "told_after_ms",
      static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  EXPECT_THAT(Said(), HasSubstr("host web is gone."));
  EXPECT_LT(took, std::chrono::seconds(10)) << "four on a machine that is not busy";
}

}  // namespace
}  // namespace faultline
