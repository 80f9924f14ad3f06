#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "collector/security/digest.h"
#include "collector/security/operator_key.h"
#include "collector/security/token_files.h"
#include "tests/collector/security/joining_testing.h"

namespace faultline::security {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::string ReadText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void WriteText(const std::string& path, const std::string& text, unsigned mode = 0600) {
  std::ofstream(path) << text;
  chmod(path.c_str(), mode);
}

TEST(OperatorKeyTest, IsMadeOnceForTheCollectorsGroup) {
  const fakes::TempDirectory temp;
  const std::string path = temp / "operator.key";
  const auto made = OperatorKey::OpenOrMake(path);
  ASSERT_TRUE(made.ok()) << made.status();
  const std::string text = ReadText(path);
  ASSERT_EQ(text.size(), 65u);
  const std::string key = text.substr(0, 64);
  struct stat info {};
  stat(path.c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777U, 0640u);
  const auto again = OperatorKey::OpenOrMake(path);
  for (const auto* each : {&*made, &*again}) {
    EXPECT_TRUE(each->Matches("Bearer " + key));
    EXPECT_TRUE(each->Matches("bearer " + key));
    EXPECT_FALSE(each->Matches(key));
    EXPECT_FALSE(each->Matches("Bearer " + key + "0"));
    EXPECT_FALSE(each->Matches("Bearer "));
    EXPECT_FALSE(each->Matches("Basic " + key));
    EXPECT_FALSE(each->Matches(""));
  }
  EXPECT_EQ(ReadText(path), text);
}

TEST(OperatorKeyTest, WhatIsNoKeyOrOpenToAllIsRefusedAndNotShown) {
  const fakes::TempDirectory temp;
  const std::string path = temp / "operator.key";
  WriteText(path, "secretsecret");
  const auto short_key = OperatorKey::OpenOrMake(path);
  EXPECT_THAT(std::string(short_key.status().message()), HasSubstr("64 hexadecimal digits"));
  EXPECT_EQ(short_key.status().message().find("secretsecret"), absl::string_view::npos);
  WriteText(path, std::string(64, 'a'), 0644);
  EXPECT_THAT(std::string(OperatorKey::OpenOrMake(path).status().message()),
              HasSubstr("chmod 640"));
}

using TokenFilesTest = JoiningFixture;

TEST_F(TokenFilesTest, AreTakenOnceWhateverIsWrongWithOneOfThem) {
  const JoinToken token = TokenFromRandom(RandomBytes(kTokenRandomBytes));
  WriteText(temp_ / "db.token", token.Text() + "\n");
  WriteText(temp_ / "open.token", TokenFromRandom(RandomBytes(kTokenRandomBytes)).Text(), 0644);
  WriteText(temp_ / "not.token", "garbage");
  std::vector<config::TokenSource> sources;
  for (const char* name : {"gone.token", "open.token", "not.token", "db.token"}) {
    sources.push_back({.file = temp_ / name,
                       .stack = "shop",
                       .env = "prod",
                       .roles = {"db"},
                       .uses = 2,
                       .replace = true});
  }
  EXPECT_EQ(ImportTokenFiles(sources, *joining_), 1);
  EXPECT_EQ(ImportTokenFiles(sources, *joining_), 0);
  ASSERT_THAT(*joining_->Tokens(), SizeIs(1));
  const StoredToken stored = joining_->Tokens()->at(0);
  EXPECT_EQ(stored.source, temp_ / "db.token");
  EXPECT_EQ(stored.uses, 2u);
  EXPECT_TRUE(stored.replace);
  EXPECT_TRUE(Enrol(token.Text(), HostKey()).ok());
}

}  // namespace
}  // namespace faultline::security
