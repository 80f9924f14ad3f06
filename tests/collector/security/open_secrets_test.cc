#include "collector/security/open_secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/fakes/temp_directory.h"

namespace faultline::security {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

void Write(const std::string& path, mode_t mode) {
  std::ofstream(path) << "secret";
  EXPECT_EQ(chmod(path.c_str(), mode), 0);
}

class OpenSecretsTest : public testing::Test {
 protected:
  OpenSecretsTest() {
    config_.store_path = temp_ / "faultline.db";
    config_.authority.directory = temp_.path();
  }
  const fakes::TempDirectory temp_;
  config::CollectorConfig config_;
};

TEST_F(OpenSecretsTest, AreThoseTheCollectorRefusesAndThoseItWarnsOf) {
  config_.authority.tokens.push_back({.file = temp_ / "db.token"});
  for (const char* name : {"operator.key", "ca.key", "db.token"}) Write(temp_ / name, 0644);
  const auto found = OpenSecrets(config_);
  ASSERT_THAT(found, SizeIs(3));
  EXPECT_THAT(found[0].text, HasSubstr("operator.key_file: "));
  EXPECT_TRUE(found[0].refused);
  EXPECT_THAT(found[1].text, HasSubstr("authority.directory: "));
  EXPECT_TRUE(found[1].refused);
  EXPECT_THAT(found[2].text, HasSubstr("authority.tokens[0].file: "));
  EXPECT_FALSE(found[2].refused);
}

// As the start does.
TEST_F(OpenSecretsTest, TheAuthoritysKeyIsForItsOwnerAlone) {
  Write(temp_ / "ca.key", 0640);
  const auto found = OpenSecrets(config_);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].text,
              HasSubstr("may read a secret; if it is the right file, type: chmod 600 "));
  chmod((temp_ / "ca.key").c_str(), 0600);
  EXPECT_THAT(OpenSecrets(config_), IsEmpty());
}

TEST_F(OpenSecretsTest, TheKeyOfAnAuthorityOfYourOwnIsLookedAtToo) {
  config_.tls_ca = temp_ / "ca.crt";
  config_.tls_key = temp_ / "collector.key";
  Write(config_.tls_key, 0604);
  const auto found = OpenSecrets(config_);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].text, HasSubstr("tls.key: " + config_.tls_key + " has mode 0604"));
  chmod(config_.tls_key.c_str(), 0600);
  EXPECT_THAT(OpenSecrets(config_), IsEmpty());
}

}  // namespace
}  // namespace faultline::security
