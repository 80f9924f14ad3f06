// The built faultline-collector: its flags, exit codes and signals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "collector/store/sqlite.h"
#include "tests/cli/program.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::collector {
namespace {

using cli::Program;
using testing::HasSubstr;

class CollectorProgramTest : public testing::Test {
 protected:
  // A configuration with everything below the test's folder and ports of the system's choice.
  std::string Write(const std::string& more = "", const std::string& http = "127.0.0.1:0") {
    const std::string path = temp_ / "collector.yaml";
    std::ofstream(path) << "listen: {agents: 127.0.0.1:0, enrolment: 127.0.0.1:0, http: \"" << http
                        << "\"}\nstore: {path: " << temp_ / "faultline.db"
                        << "}\nauthority: {directory: " << temp_ / "authority"
                        << "}\n"
                        << more;
    return path;
  }
  int Run(const Program::Words& words) {
    Program program(words);
    const int code = program.Wait();
    said_ = program.output() + program.errors();
    return code;
  }

  const fakes::TempDirectory temp_;
  std::string said_;
};

// deploy/systemd starts it again after 1 and not after 2.
TEST_F(CollectorProgramTest, EndsWith2WhereOnlyAPersonCanMendIt) {
  const std::string gone = temp_ / "gone.yaml";
  EXPECT_EQ(Run({"--config", gone}), 2);
  EXPECT_THAT(said_, HasSubstr("gone.yaml does not exist"));
  EXPECT_EQ(Run({"--config", Write("grace: [")}), 2);
  EXPECT_EQ(Run({"--config", Write("listn: {}")}), 2);
  EXPECT_THAT(said_, HasSubstr("did you mean \"listen\"?"));
  EXPECT_EQ(Run({"--confg", gone}), 2);
  std::ofstream(temp_ / "operator.key") << std::string(64, 'a');
  chmod((temp_ / "operator.key").c_str(), 0644);
  EXPECT_EQ(Run({"--config", Write(), "--check-config"}), 2);
  EXPECT_THAT(said_, HasSubstr("chmod 640 "));
}

TEST_F(CollectorProgramTest, EndsWith2OnAHistoryOfANewerRelease) {
  const std::string path = temp_ / "faultline.db";
  {
    std::ofstream(path).flush();
    auto db = store::Connection::Open(path, store::Access::kWriter);
    ASSERT_TRUE(db.ok()) << db.status();
    ASSERT_TRUE((*db)->Execute("PRAGMA user_version = 999").ok());
  }
  for (const bool only_checks : {true, false}) {
    Program::Words args = {"--config", Write()};
    if (only_checks) args.emplace_back("--check-config");
    EXPECT_EQ(Run(args), 2);
    EXPECT_THAT(said_, HasSubstr("newer collector (schema 999"));
  }
}

TEST_F(CollectorProgramTest, EndsWith1WhereTimeMayMendIt) {
  Program first({"--config", Write()});
  ASSERT_TRUE(first.WaitFor("page and API on"));
  EXPECT_EQ(Run({"--config", Write()}), 1);  // the store is locked
  EXPECT_THAT(said_, HasSubstr("is in use by another collector"));
  first.Signal(SIGTERM);
  EXPECT_EQ(first.Wait(), 0);
}

TEST_F(CollectorProgramTest, SignalsThatMeanNoEndDoNotEndIt) {
  Program program({"--config", Write()});
  ASSERT_TRUE(program.WaitFor("page and API on"));
  program.Signal(SIGUSR1);
  program.Signal(SIGUSR2);
  program.Signal(SIGHUP);
  EXPECT_TRUE(program.WaitFor("reloaded "));
  program.Signal(SIGTERM);
  EXPECT_EQ(program.Wait(), 0);
}

TEST_F(CollectorProgramTest, AReloadTakesOverChannelsAndRefusesABrokenFile) {
  Program program({"--config", Write()});
  ASSERT_TRUE(program.WaitFor("page and API on"));
  Write("notify:\n  - {name: pager, webhook: {url: \"http://127.0.0.1:1/hook\"}}\nheartbeat: 2s\n");
  program.Signal(SIGHUP);
  EXPECT_TRUE(program.WaitFor("heartbeat stays 1s until a restart"));
  EXPECT_TRUE(program.WaitFor("1 channels"));
  EXPECT_TRUE(program.WaitFor("notify pager: is new"));
  Write("notify: [");
  program.Signal(SIGHUP);
  EXPECT_TRUE(program.WaitFor("nothing has changed; mend this and reload again"));
  Write();
  program.Signal(SIGHUP);
  EXPECT_TRUE(program.WaitFor("notify pager: is not configured any more"));
  program.Signal(SIGTERM);
  EXPECT_EQ(program.Wait(), 0);
}

TEST_F(CollectorProgramTest, ExplainsItsKeys) {
  EXPECT_EQ(Run({"explain"}), 0);
  EXPECT_THAT(said_, HasSubstr("  heartbeat (default: 1s)\n"));
  EXPECT_THAT(said_, HasSubstr("  notify[].webhook.url (needed)\n"));
  EXPECT_EQ(Run({"explain", "grace"}), 0);
  EXPECT_THAT(said_, testing::StartsWith("  grace.restart (default: 30s)\n"));
  EXPECT_EQ(Run({"explain", "grce"}), 2);
  EXPECT_THAT(said_, HasSubstr("did you mean \"grace\"?"));
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_THAT(said_, HasSubstr("faultline-collector explain"));
}

}  // namespace
}  // namespace faultline::collector
