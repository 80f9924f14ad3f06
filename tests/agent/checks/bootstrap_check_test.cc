// The bootstrap check on a tree like cloud-init's, with files as Debian 12's cloud-init wrote them.
#include <sys/stat.h>

#include <filesystem>

#include "agent/checks/bootstrap_watch.h"
#include "tests/agent/checks/check_testing.h"
#include "tests/agent/checks/cloud_init_samples.h"

namespace faultline::checks {
namespace {

namespace fs = std::filesystem;

class BootstrapCheckTest : public CheckTest {
 protected:
  // As it lays it out: the files in /var/lib, links to them in /run.
  void MakeTree() {
    fs::create_directories(root_ + "/var/lib/cloud/data");
    fs::create_directories(root_ + "/var/log");
    fs::create_directories(root_ + "/run/cloud-init");
    for (const char* name : {"status.json", "result.json"}) {
      fs::create_symlink(std::string("../../var/lib/cloud/data/") + name,
                         root_ + "/run/cloud-init/" + name);
    }
  }
  // It writes beside and renames.
  void WriteData(const std::string& name, const std::string& text) {
    const std::string path = root_ + "/var/lib/cloud/data/" + name;
    WriteFile(path + ".tmp", text);
    fs::rename(path + ".tmp", path);
  }
  // The interval is long: what is told soon is told by inotify.
  void StartFake(Span interval = Span::Seconds(3600)) {
    BootstrapOptions options;
    options.interval = interval;
    // The recorded runs are long ago, or ahead, by this machine's clock.
    options.running_limit = Span::Seconds(int64_t{100} * 365 * 86400);
    options.root = root_;
    check_ = std::make_unique<BootstrapWatch>(std::move(options), Context());
    check_->Start();
  }
  void WriteRunning() {
    WriteData(
        "status.json",
        R"({"v1": {"stage": "modules-final", "init": {"errors": [], "start": 1795614117.5}}})");
  }

  const std::string root_ = directory_ / "root";
};

TEST_F(BootstrapCheckTest, AFailureIsToldWhenCloudInitWritesIt) {
  MakeTree();
  WriteRunning();
  StartFake();
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  WriteFile(root_ + "/var/log/cloud-init-output.log", samples::kFailedOutput);
  WriteData("status.json", samples::kFailedStatus);
  WriteData("result.json", samples::kFailedResult);
  ASSERT_TRUE(UntilSaw(State::kCritical, "USER_DATA_FAILED")) << Last();
  bool quoted = false;
  for (const Fact& fact : sink_.seen.back().evidence) {
    quoted = quoted || fact.text.find("pip3: command not found") != std::string::npos;
  }
  EXPECT_TRUE(quoted);
}

TEST_F(BootstrapCheckTest, ItsFilesAreFoundWhenTheBootMakesThemLater) {
  fs::create_directories(root_);
  StartFake();
  ASSERT_TRUE(UntilSaw(State::kUnknown, "NO_CLOUD_INIT")) << Last();
  MakeTree();
  WriteData("status.json", samples::kGoodStatus);
  WriteData("result.json", samples::kGoodResult);
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(BootstrapCheckTest, ALookThatIsAskedForReadsAnew) {
  MakeTree();
  WriteRunning();
  StartFake();
  WriteData("status.json", samples::kFailedStatus);
  // While the first look may still be under way.
  bool done = false;
  check_->LookNow([&] { done = true; });
  ASSERT_TRUE(Until([&] { return done; }));
  EXPECT_TRUE(sink_.Saw(State::kCritical, "USER_DATA_FAILED")) << Last();
}

TEST_F(BootstrapCheckTest, AFileThatIsNoJsonIsUnknownAndNamed) {
  MakeTree();
  WriteData("status.json", "{\"v1\": ");
  StartFake();
  ASSERT_TRUE(UntilSaw(State::kUnknown, "CANNOT_READ")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("status.json is not JSON"), std::string::npos) << Last();
}

TEST_F(BootstrapCheckTest, AFifoInItsPlaceDoesNotHang) {
  MakeTree();
  ASSERT_EQ(mkfifo((root_ + "/var/lib/cloud/data/status.json").c_str(), 0600), 0);
  StartFake();
  EXPECT_TRUE(UntilSaw(State::kUnknown, "CANNOT_READ")) << Last();
}

TEST_F(BootstrapCheckTest, OutputThatMayNotBeReadLeavesTheRestTold) {
  MakeTree();
  WriteData("result.json", samples::kFailedResult);
  const std::string log = root_ + "/var/log/cloud-init-output.log";
  WriteFile(log, samples::kFailedOutput);
  fs::permissions(log, fs::perms::none);
  const WithoutCapabilities plain;
  StartFake();
  ASSERT_TRUE(UntilSaw(State::kCritical, "USER_DATA_FAILED")) << Last();
  EXPECT_NE(sink_.seen.back().evidence.back().text.find("the group adm"), std::string::npos);
}

TEST_F(BootstrapCheckTest, ThisMachineIsLookedAt) {
  Start(Config("bootstrap", "cloud-init"));
  EXPECT_TRUE(Until([&] { return !sink_.seen.empty(); }));
}

TEST_F(BootstrapCheckTest, AnotherTargetIsRefused) {
  EXPECT_NE(ConfigError(Config("bootstrap", "userdata")).find("write cloud-init"),
            std::string::npos);
}

}  // namespace
}  // namespace faultline::checks
