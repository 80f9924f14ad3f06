#include "collector/preflight.h"

#include <gmock/gmock.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "collector/security/authority.h"
#include "collector/security/operator_key.h"
#include "collector/store/sqlite.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::collector {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class PreflightTest : public testing::Test {
 protected:
  PreflightTest() {
    config_.store_path = temp_ / "data/faultline.db";
    config_.authority.directory = temp_ / "data/authority";
  }
  Judgement Judged() const { return Preflight(config_, clock_); }
  void Put(const std::string& path, const std::string& text, unsigned mode = 0600) const {
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
  }

  const SystemClock clock_;
  const fakes::TempDirectory temp_;
  config::CollectorConfig config_;
};

TEST_F(PreflightTest, FindsNothingWrongWithANewPlaceAndMakesNothingThere) {
  EXPECT_THAT(Judged().errors, IsEmpty());
  EXPECT_THAT(Judged().warnings, IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(temp_.path()));
}

TEST_F(PreflightTest, FindsNothingWrongWithWhatTheStartHasMade) {
  std::filesystem::create_directory(temp_ / "data");
  ASSERT_TRUE(security::Authority::OpenOrMake(config_.authority.directory, clock_.Now()).ok());
  ASSERT_TRUE(security::OperatorKey::OpenOrMake(config_.OperatorKeyFile()).ok());
  Put(config_.store_path, "");
  EXPECT_THAT(Judged().errors, IsEmpty());
  EXPECT_THAT(Judged().warnings, IsEmpty());
}

TEST_F(PreflightTest, SaysOfEachPlaceAtOnceWhyTheStartWouldRefuseIt) {
  std::filesystem::create_directories(temp_ / "data/faultline.db");
  Put(config_.authority.directory, "no directory");
  config_.operator_key_file = temp_ / "key";
  Put(config_.operator_key_file, "garbage", 0640);
  EXPECT_THAT(
      Judged().errors,
      ElementsAre(AllOf(StartsWith("store.path: "), HasSubstr("is a directory; name a file")),
                  AllOf(StartsWith("operator.key_file: "), HasSubstr("64 hexadecimal digits")),
                  AllOf(StartsWith("authority.directory: "), HasSubstr("is not a directory"))));
}

TEST_F(PreflightTest, NamesTheFileThatIsInTheWay) {
  Put(temp_ / "data", "a file");
  config_.operator_key_file = temp_ / "data/key";
  EXPECT_THAT(Judged().errors,
              ElementsAre(HasSubstr("store.path: " + temp_ / "data" + " is not a directory"),
                          HasSubstr("operator.key_file: "), HasSubstr("authority.directory: ")));
}

TEST_F(PreflightTest, HistoryAndRegistryOfANewerReleaseAreRefusedAsTheStartRefusesThem) {
  std::filesystem::create_directory(temp_ / "data");
  ASSERT_TRUE(security::Authority::OpenOrMake(config_.authority.directory, clock_.Now()).ok());
  for (const std::string& path :
       {config_.store_path, config_.authority.directory + "/joining.db"}) {
    Put(path, "");
    auto db = store::Connection::Open(path, store::Access::kWriter);
    ASSERT_TRUE(db.ok()) << db.status();
    ASSERT_TRUE((*db)->Execute("PRAGMA user_version = 999").ok());
  }
  EXPECT_THAT(Judged().errors,
              ElementsAre(AllOf(StartsWith("store.path: " + config_.store_path),
                                HasSubstr("newer collector (schema 999")),
                          AllOf(StartsWith("authority.directory: "), HasSubstr("joining.db"),
                                HasSubstr("newer collector (schema 999"))));
  EXPECT_FALSE(std::filesystem::exists(config_.store_path + "-shm")) << "left as it is";
}

TEST_F(PreflightTest, AnAuthorityWithoutItsKeyIsAnError) {
  std::filesystem::create_directory(temp_ / "data");
  ASSERT_TRUE(security::Authority::OpenOrMake(config_.authority.directory, clock_.Now()).ok());
  unlink((config_.authority.directory + "/ca.key").c_str());
  EXPECT_THAT(Judged().errors, ElementsAre(HasSubstr("has ca.crt without ca.key")));
}

TEST_F(PreflightTest, ATokenThatWouldNotBeTakenIsAWarning) {
  Put(temp_ / "token", "nonsense");
  config_.authority.tokens = {{.file = temp_ / "token", .stack = "shop", .env = "prod"},
                              {.file = temp_ / "gone", .stack = "shop", .env = "prod"}};
  EXPECT_THAT(Judged().errors, IsEmpty());
  EXPECT_THAT(Judged().warnings, ElementsAre(StartsWith("authority.tokens[0] is not taken: "),
                                             StartsWith("authority.tokens[1] is not taken: ")));
}

TEST_F(PreflightTest, CertificatesOfYourOwnAreReadAsTheStartReadsThem) {
  config_.tls_ca = config_.tls_certificate = config_.tls_key = temp_ / "pem";
  Put(temp_ / "pem", "no PEM");
  EXPECT_THAT(Judged().errors, ElementsAre(HasSubstr("tls.ca: ")));
}

TEST_F(PreflightTest, AWebhookThatCannotBeCalledIsNamed) {
  config_.webhooks = {{.name = "pager", .url = "http://a.example/"},
                      {.name = "chat", .url = "gopher://secret.example/"}};
  EXPECT_THAT(Judged().errors,
              ElementsAre(AllOf(StartsWith("notify[1]: "), testing::Not(HasSubstr("secret")))));
}

TEST_F(PreflightTest, WhatRootReadsAndTheServiceMayNotIsNamedWithItsMending) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can ask for others";
  const passwd* nobody = getpwnam("nobody");
  ASSERT_NE(nobody, nullptr);
  const ServiceAccount account{.user = "nobody",
                               .group = "nogroup",
                               .uid = nobody->pw_uid,
                               .gid = nobody->pw_gid,
                               .groups = {nobody->pw_gid}};
  chmod(temp_.path().c_str(), 0755);
  std::filesystem::create_directory(temp_ / "data");
  chmod((temp_ / "data").c_str(), 0700);
  Put(config_.store_path, "");
  config_.file = temp_ / "collector.yaml";
  Put(config_.file, "", 0600);
  EXPECT_THAT(ClosedToService(config_, account),
              Contains(config_.file +
                       " may not be read by nobody, as whom the service runs; type: sudo "
                       "sh -c 'chgrp nogroup " +
                       config_.file + " && chmod 640 " + config_.file + "'"));
  EXPECT_THAT(ClosedToService(config_, account),
              Contains(AllOf(StartsWith("store.path: "),
                             HasSubstr("may not enter " + temp_ / "data" + "; type: "),
                             HasSubstr("chmod 750 " + temp_ / "data"))));
  chmod((temp_ / "data").c_str(), 0755);
  for (const std::string& path : {config_.file, config_.store_path}) chmod(path.c_str(), 0644);
  EXPECT_THAT(ClosedToService(config_, account), IsEmpty());
}

}  // namespace
}  // namespace faultline::collector
