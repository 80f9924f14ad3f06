#include "agent/checks/log_mask.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace faultline::checks {
namespace {

TEST(LogMaskTest, AnnouncedSecretsAreHidden) {
  const std::vector<std::string> lines = {
      "login failed password=hunter2 for app",
      "DB_PASSWORD='hunter2 hunter2' set",
      R"({"db_password": "hunter2", "user": "app"})",
      R"({"db_password": "a\"hunter2", "user": "app"})",
      R"(body: "{\"password\": \"hunter2\"}")",
      R"(body: "{\"Authorization\": \"Basic hunter2\"}")",
      "passwd: hunter2",
      "api-key: hunter2",
      "AWS_SECRET_ACCESS_KEY=hunter2/abc+def",
      "x-auth-token=hunter2&user=app",
      "Authorization: Bearer hunter2hunter2",
      "authorization: hunter2",
      "\"Authorization\": \"Basic hunter2\"",
      "sent bearer hunter2.hunter2-x",
      "mysql://app:hunter2@10.0.2.10/shop",
      "mysql://app:p@hunter2@10.0.2.10/shop",
      "jwt eyJhunter2.eyJhunter2.hunter2 refused",
      "CREATE USER 'app'@'%' IDENTIFIED BY 'hunter2'",
      "IDENTIFIED WITH caching_sha2_password BY 'hunter2'",
      "SET PASSWORD FOR 'app'@'%' = 'hunter2'",
      "SET PASSWORD = PASSWORD('hunter2')",
      "mysqldump --password hunter2 shop",
      "mysqldump --password=hunter2 shop",
      "password=\"hunter2 that is never closed",
      "-----BEGIN RSA PRIVATE KEY-----hunter2",
  };
  for (const std::string& line : lines) {
    const std::string masked = MaskSecrets(line);
    EXPECT_EQ(masked.find("hunter2"), std::string::npos) << masked;
    EXPECT_NE(masked.find("***"), std::string::npos) << masked;
  }
}

TEST(LogMaskTest, AccessKeysOfAwsAreHidden) {
  const std::string key = std::string("AKIA") + "IOSFODNN7EXAMPLE";
  EXPECT_EQ(MaskSecrets("with " + key + " denied"), "with *** denied");
}

TEST(LogMaskTest, WhatIsAroundASecretStays) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"login failed password=hunter2 for app", "login failed password=*** for app"},
      {"mysql://app:x@10.0.2.10/shop is down", "mysql://***@10.0.2.10/shop is down"},
      {R"({"password": "x", "user": "app"})", R"({"password": ***, "user": "app"})"},
      {"a=1&token=x&b=2", "a=1&token=***&b=2"},
      {"Authorization: Bearer abcdefgh, Host: db", "Authorization: Bearer ***, Host: db"},
  };
  for (const auto& [line, masked] : table) EXPECT_EQ(MaskSecrets(line), masked);
}

TEST(LogMaskTest, LinesWithoutSecretsStayAsTheyAre) {
  for (const char* line :
       {"", "ERROR 1045: Access denied for user 'app'@'10.0.1.5'",
        "GET https://app.example/db-check 503", "mail from root@db-1", "no password given",
        "Traceback (most recent call last):", "10.0.2.10:3306 refused"}) {
    EXPECT_EQ(MaskSecrets(line), line);
  }
}

TEST(LogMaskTest, MaskingTwiceHidesNoMore) {
  for (const char* line : {"password=x for app", "mysql://a:b@c/d",
                           "Authorization: Bearer abcdefgh", "IDENTIFIED BY 'x'"}) {
    const std::string once = MaskSecrets(line);
    EXPECT_EQ(MaskSecrets(once), once);
  }
}

TEST(LogMaskTest, BytesThatAreNoTextStay) {
  EXPECT_EQ(MaskSecrets("\xff\xfe password=\xff\xfe end"), "\xff\xfe password=*** end");
}

TEST(LogMaskTest, ALongHostileLineIsDoneWithSoon) {
  std::string line;
  while (line.size() < 8192) line += "password:'\"a://@";
  EXPECT_LE(MaskSecrets(line).size(), 4 * line.size());
}

}  // namespace
}  // namespace faultline::checks
