#include "agent/config/facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_join.h"
#include "common/yaml/node.h"
#include "tests/agent/link/certificates.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::config {
namespace {

using testing::HasSubstr;
using testing::Not;

class FactsTest : public testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file(directory_.path() + path);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  Facts Read(const std::string& text = "") {
    yaml::Errors errors("agent.yaml");
    const absl::StatusOr<yaml::Node> root = yaml::Parse(text, "agent.yaml");
    EXPECT_TRUE(root.ok()) << root.status();
    const yaml::Fields fields(*root, "", {"site", "database"}, errors);
    Facts facts = ReadFacts(fields, directory_.path());
    EXPECT_TRUE(errors.empty()) << errors.status();
    return facts;
  }

  // `names` as OpenSSL takes them: "DNS:app.example.com".
  void WriteLineage(const std::string& folder, const std::string& names) {
    Write("/etc/letsencrypt/live/" + folder + "/fullchain.pem",
          testing_certificates::Authority().Issue(names).certificate);
  }

  fakes::TempDirectory directory_;
};

TEST_F(FactsTest, TheDatabaseIsWhereTheApplicationHasIt) {
  Write("/etc/flask-app.env", "DB_NAME=app\nDB_HOST=\"10.0.2.10\"\nDB_PASSWORD=hunter2\n");
  const Facts facts = Read();
  EXPECT_EQ(facts.values.at("database.address"), "10.0.2.10:3306");
  EXPECT_EQ(facts.values.at("database.host"), "10.0.2.10");
  EXPECT_THAT(absl::StrJoin(facts.notes, "\n"),
              HasSubstr("database.address is 10.0.2.10:3306, from /etc/flask-app.env"));
}

TEST_F(FactsTest, NothingOfTheApplicationsSecretsIsKept) {
  Write("/etc/flask-app.env",
        "DB_PASSWORD=hunter2\nDB_HOST=db.internal\nDB_PORT=3307\nSECRET=DB_HOST=hunter2\n");
  const Facts facts = Read();
  EXPECT_EQ(facts.values.at("database.address"), "db.internal:3307");
  for (const auto& [name, value] : facts.values) EXPECT_THAT(value, Not(HasSubstr("hunter2")));
  for (const std::string& note : facts.notes) EXPECT_THAT(note, Not(HasSubstr("hunter2")));
}

TEST_F(FactsTest, AHostileEnvironmentFileIsNotBelieved) {
  for (const char* text : {"DB_HOST=\n", "DB_HOST=a b\n", "DB_HOST=$(id)\n", "DB_HOST=-x\n",
                           "DB_HOST=x\nDB_PORT=70000\n", "DB_HOST=\x1b[31m\n"}) {
    Write("/etc/flask-app.env", text);
    EXPECT_FALSE(Read().values.contains("database.address")) << text;
  }
}

TEST_F(FactsTest, WhatTheFileSaysComesFirst) {
  Write("/etc/flask-app.env", "DB_HOST=10.0.2.10\n");
  const Facts facts = Read("database: {address: '[2001:db8::7]:3310'}\n");
  EXPECT_EQ(facts.values.at("database.host"), "2001:db8::7");
  EXPECT_EQ(facts.values.at("database.port"), "3310");
  EXPECT_THAT(absl::StrJoin(facts.notes, "\n"), Not(HasSubstr("database")));
}

TEST_F(FactsTest, TheOnlyCertificateNamesTheDomain) {
  Write("/etc/letsencrypt/live/README", "certbot's words");
  WriteLineage("app.example.com-0001", "DNS:*.example.com,DNS:App.example.com,DNS:b.example.com");
  const Facts facts = Read();
  EXPECT_EQ(facts.values.at("site.domain"), "app.example.com") << "the first without a *";
  EXPECT_EQ(facts.values.at("site.certificate"),
            "/etc/letsencrypt/live/app.example.com-0001/fullchain.pem");
  EXPECT_EQ(facts.values.at("site.renewal"), "/etc/letsencrypt/renewal/app.example.com-0001.conf");
  WriteLineage("other.example.com", "DNS:other.example.com");
  EXPECT_FALSE(Read().values.contains("site.domain")) << "one of two would be a guess";
}

TEST_F(FactsTest, ACertificateWithoutAPlainNameSaysNothingAndThatItDoesNot) {
  WriteLineage("example.com", "DNS:*.example.com");
  const Facts facts = Read();
  EXPECT_FALSE(facts.values.contains("site.domain"));
  EXPECT_THAT(absl::StrJoin(facts.notes, "\n"),
              HasSubstr("site.domain is not known from /etc/letsencrypt/live/example.com: its "
                        "certificate has only names with a *"));
}

TEST_F(FactsTest, ACertificateThatCannotBeReadSaysNothingWhateverItsFolderIsCalled) {
  Write("/etc/letsencrypt/live/app.example.com/fullchain.pem", "no certificate");
  const Facts facts = Read();
  EXPECT_FALSE(facts.values.contains("site.domain"));
  EXPECT_THAT(absl::StrJoin(facts.notes, "\n"), HasSubstr("cannot be read"));
}

TEST_F(FactsTest, TheCertificateOfAKnownDomainIsTheOneThatCoversIt) {
  const std::string text = "site: {domain: app.example.com}\n";
  EXPECT_EQ(Read(text).values.at("site.certificate"),
            "/etc/letsencrypt/live/app.example.com/fullchain.pem");
  WriteLineage("example.com-0002", "DNS:*.example.com");
  WriteLineage("deep", "DNS:*.app.example.com");
  EXPECT_EQ(Read(text).values.at("site.certificate"),
            "/etc/letsencrypt/live/example.com-0002/fullchain.pem");
  WriteLineage("app.example.com", "DNS:app.example.com");
  EXPECT_EQ(Read(text).values.at("site.certificate"),
            "/etc/letsencrypt/live/app.example.com/fullchain.pem");
}

TEST_F(FactsTest, TheRunbooksApplicationIsKnownByItsFiles) {
  EXPECT_FALSE(Read().values.contains("site.health_body"));
  EXPECT_FALSE(Read().values.contains("site.unit"));
  Write("/etc/flask-app.env", "DB_HOST=10.0.2.10\n");
  const Facts facts = Read("site: {domain: app.example.com}");
  EXPECT_EQ(facts.values.at("site.health_body"), R"("status"\s*:\s*"ok")");
  EXPECT_EQ(facts.values.at("site.db_check"), "/db-check");
  EXPECT_EQ(facts.values.at("site.unit"), "flask-app.service");
  EXPECT_EQ(facts.values.at("site.access_log"), "/var/log/nginx/flask_access.log");
  EXPECT_EQ(Read("site: {unit: todo.service}").values.at("site.unit"), "todo.service");
}

TEST_F(FactsTest, AnAccessLogIsWatchedWhereThereIsOne) {
  EXPECT_FALSE(Read().values.contains("site.access_log"));
  Write("/var/log/nginx/access.log", "");
  EXPECT_EQ(Read().values.at("site.access_log"), "/var/log/nginx/access.log");
}

TEST_F(FactsTest, CloudInitIsLookedAtWhereItIsAtWork) {
  EXPECT_FALSE(Read().values.contains("host.cloud_init"));
  Write("/etc/cloud/cloud.cfg", "");
  EXPECT_TRUE(Read().values.contains("host.cloud_init"));
  Write("/etc/cloud/cloud-init.disabled", "");
  EXPECT_FALSE(Read().values.contains("host.cloud_init"));
}

TEST_F(FactsTest, AValueKnowsWhereItComesFrom) {
  Write("/etc/flask-app.env", "DB_HOST=10.0.2.10\n");
  const Facts facts = Read("# a comment\nsite:\n  domain: app.example.com\n");
  EXPECT_EQ(SourceOf("{database.host}:{database.port}", facts).fact, "database.address");
  EXPECT_EQ(SourceOf("{database.host}", facts).where, "/etc/flask-app.env");
  EXPECT_EQ(SourceOf("https://{site.domain}{site.health}", facts).line, 3);
  EXPECT_EQ(SourceOf("{site.certificate}", facts).fact, "site.domain") << "its default names it";
  EXPECT_EQ(SourceOf("{database.socket}", facts).fact, "");
}

TEST_F(FactsTest, TheErrorLogIsWatchedWhereThereIsOne) {
  EXPECT_FALSE(Read().values.contains("database.error_log"));
  Write("/var/log/mysql/error.log", "");
  EXPECT_EQ(Read().values.at("database.error_log"), "/var/log/mysql/error.log");
}

TEST(FillInTest, ReplacesNamesAndTellsTheFirstUnknownOne) {
  std::string filled;
  std::string missing;
  EXPECT_TRUE(FillIn("http://{site.domain}/{", ExampleFacts(), &filled, &missing));
  EXPECT_EQ(filled, "http://app.example.com/{");
  EXPECT_FALSE(FillIn("{site.address}:{site.no}", ExampleFacts(), &filled, &missing));
  EXPECT_EQ(missing, "site.no");
}

}  // namespace
}  // namespace faultline::config
