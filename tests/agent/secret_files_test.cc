#include "agent/secret_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/fakes/temp_directory.h"

namespace faultline::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

std::string File(const std::string& path, mode_t mode) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << "secret";
  EXPECT_EQ(chmod(path.c_str(), mode), 0);
  return path;
}

config::AgentConfig ConfigWith(const fakes::TempDirectory& temp, mode_t mode) {
  config::AgentConfig config;
  config.state_dir = temp / "state";
  File(config.state_dir + "/identity/identity.pem", mode);
  config.tls.key = File(temp / "tls.key", mode);
  config.join.token_file = File(temp / "join-token", mode);
  config::CheckConfig check;
  check.place = "checks[0]";
  check.options["password_file"].values = {File(temp / "password", mode)};
  config.checks = {check};
  return config;
}

TEST(OpenSecretFilesTest, NamesEachThatOthersMayRead) {
  const fakes::TempDirectory temp;
  EXPECT_THAT(OpenSecretFiles(ConfigWith(temp, 0640)), IsEmpty());
  const std::string state = temp / "state/identity/identity.pem has mode 0644";
  EXPECT_THAT(OpenSecretFiles(ConfigWith(temp, 0644)),
              ElementsAre(StartsWith("tls.key: "), StartsWith("join.token_file: "),
                          StartsWith("this host's identity: " + state),
                          StartsWith("checks[0].password_file: ")));
}

TEST(OpenSecretFilesTest, SaysNothingOfWhatIsNotConfigured) {
  EXPECT_THAT(OpenSecretFiles({}), IsEmpty());
}

}  // namespace
}  // namespace faultline::agent
