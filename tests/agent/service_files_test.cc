#include "agent/service_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/fakes/temp_directory.h"

namespace faultline::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ClosedFilesTest : public testing::Test {
 protected:
  ClosedFilesTest() {
    if (geteuid() != 0) return;
    chmod((temp_ / "").c_str(), 0755);
    const passwd* nobody = getpwnam("nobody");
    account_ = {.user = "nobody",
                .group = "nogroup",
                .uid = nobody->pw_uid,
                .gid = nobody->pw_gid,
                .groups = {nobody->pw_gid}};
    config_.file = Put("agent.yaml", 0640);
    config_.state_dir = temp_ / "state";
    config_.join.token_file = Put("join-token", 0640);
    config::CheckConfig check;
    check.place = "checks[0]";
    check.options["password_file"].values = {Put("mysql.password", 0640)};
    config_.checks = {check};
  }
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root can ask for others";
  }
  std::string Put(const char* name, mode_t mode) {
    std::ofstream(temp_ / name) << "x";
    chmod((temp_ / name).c_str(), mode);
    return temp_ / name;
  }

  const fakes::TempDirectory temp_;
  ServiceAccount account_;
  config::AgentConfig config_;
};

TEST_F(ClosedFilesTest, SaysFieldFileAndFix) {
  const ClosedFiles closed = FilesClosedTo(account_, config_);
  const std::string token = temp_ / "join-token";
  EXPECT_THAT(closed.needed,
              ElementsAre(HasSubstr(temp_ / "agent.yaml" + " may not be read by nobody"),
                          "join.token_file: " + token +
                              " may not be read by nobody, as whom the service runs; type: sudo sh "
                              "-c 'chgrp nogroup " +
                              token + " && chmod 640 " + token + "'"));
  EXPECT_THAT(closed.by_check, ElementsAre(HasSubstr("checks[0].password_file: ")));
}

TEST_F(ClosedFilesTest, SaysNothingOfWhatTheServiceMayRead) {
  for (const char* name : {"agent.yaml", "join-token", "mysql.password"}) {
    ASSERT_EQ(chown((temp_ / name).c_str(), 0, account_.gid), 0);
  }
  EXPECT_THAT(FilesClosedTo(account_, config_).needed, IsEmpty());
  EXPECT_THAT(FilesClosedTo(account_, config_).by_check, IsEmpty());
}

TEST_F(ClosedFilesTest, FilesOfOtherProgramsKeepTheirGroup) {
  config::CheckConfig check;
  check.place = "checks[1]";
  check.id = {"certificate", Put("fullchain.pem", 0600)};
  config_.checks = {check};
  EXPECT_THAT(FilesClosedTo(account_, config_).by_check,
              ElementsAre(HasSubstr("setfacl -m u:nobody:r " + temp_ / "fullchain.pem")));
}

}  // namespace
}  // namespace faultline::agent
