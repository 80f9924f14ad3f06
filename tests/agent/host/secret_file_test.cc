#include "agent/host/secret_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

using testing::HasSubstr;
using testing::Not;

class SecretFileTest : public testing::Test {
 protected:
  std::string Write(const std::string& text, mode_t mode = 0600) {
    const std::string path = directory_ / "secret";
    std::ofstream(path, std::ios::trunc) << text;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  std::string Error(const std::string& text, mode_t mode = 0600) {
    return std::string(ReadSecretFile(Write(text, mode)).status().message());
  }

  fakes::TempDirectory directory_;
};

TEST_F(SecretFileTest, ItIsTheFirstLine) {
  EXPECT_EQ(ReadSecretFile(Write("s3cret word\n"))->value(), "s3cret word");
  EXPECT_EQ(ReadSecretFile(Write("s3cret\r\nnot this\n", 0640))->value(), "s3cret");
  EXPECT_EQ(ReadSecretFile(Write("s3cret"))->value(), "s3cret");
}

TEST_F(SecretFileTest, WhatEverybodyMayReadOrWriteIsRefusedWithTheFix) {
  EXPECT_THAT(Error("s3cret", 0644), HasSubstr("read the password file"));
  EXPECT_THAT(Error("s3cret", 0644), HasSubstr("chmod 640"));
  EXPECT_THAT(Error("s3cret", 0602), HasSubstr("write the password file"));
}

TEST_F(SecretFileTest, NoErrorShowsWhatIsInside) {
  EXPECT_THAT(Error("s3cret", 0644), Not(HasSubstr("s3cret")));
  EXPECT_THAT(Error("\ns3cret"), Not(HasSubstr("s3cret")));
  EXPECT_THAT(Error(std::string(5000, 's')), Not(HasSubstr("ssss")));
}

TEST_F(SecretFileTest, NothingEmptyTooLongOrMissingIsASecret) {
  EXPECT_THAT(Error(""), HasSubstr("empty"));
  EXPECT_THAT(Error(std::string(4097, 's')), HasSubstr("4096"));
  EXPECT_FALSE(ReadSecretFile(directory_ / "missing").ok());
  EXPECT_FALSE(ReadSecretFile(directory_.path()).ok());
}

TEST_F(SecretFileTest, AFifoDoesNotBlock) {
  const std::string path = directory_ / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(std::string(ReadSecretFile(path).status().message()), HasSubstr("is no file"));
}

TEST_F(SecretFileTest, ItsStampTellsAChangeFromTheNeighboursChange) {
  const std::string path = Write("one");
  const std::string before = SecretFileStamp(path);
  std::ofstream(directory_ / "another") << "x";
  EXPECT_EQ(SecretFileStamp(path), before);
  Write("longer");
  EXPECT_NE(SecretFileStamp(path), before);
  EXPECT_EQ(SecretFileStamp(directory_ / "missing"), "");
}

TEST(SecretVariable, ItIsTakenFromTheEnvironment) {
  setenv("FAULTLINE_TEST_SECRET", "s3cret", 1);
  EXPECT_EQ(ReadSecretVariable("FAULTLINE_TEST_SECRET")->value(), "s3cret");
  unsetenv("FAULTLINE_TEST_SECRET");
  EXPECT_TRUE(absl::IsNotFound(ReadSecretVariable("FAULTLINE_TEST_SECRET").status()));
}

TEST(Secret, WhatWasMovedFromIsEmpty) {
  Secret first("s3cret");
  const Secret second(std::move(first));
  EXPECT_EQ(second.value(), "s3cret");
  EXPECT_TRUE(first.value().empty());
}

}  // namespace
}  // namespace faultline::host
