#include "agent/host/position_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

class PositionFileTest : public testing::Test {
 protected:
  const fakes::TempDirectory directory_;
  const std::string path_ = directory_ / "log.position";
};

TEST_F(PositionFileTest, WhatWasSavedIsLoaded) {
  ASSERT_TRUE(SavePosition(path_, "one\n").ok());
  ASSERT_TRUE(SavePosition(path_, "two\nlines\n").ok());
  EXPECT_EQ(LoadPosition(path_), "two\nlines\n");
}

TEST_F(PositionFileTest, NothingIsThereBeforeTheFirstSave) {
  EXPECT_EQ(LoadPosition(path_), std::nullopt);
}

TEST_F(PositionFileTest, OnlyItsOwnerReadsIt) {
  ASSERT_TRUE(SavePosition(path_, "x").ok());
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(PositionFileTest, ATornSaveLeavesTheOldText) {
  ASSERT_TRUE(SavePosition(path_, "old").ok());
  std::ofstream(path_ + ".new") << "ha";  // the process died here
  EXPECT_EQ(LoadPosition(path_), "old");
  ASSERT_TRUE(SavePosition(path_, "new").ok());
  EXPECT_EQ(LoadPosition(path_), "new");
}

TEST_F(PositionFileTest, ATextThatIsTooLongIsNoPosition) {
  std::ofstream(path_) << std::string(kMaxPositionBytes + 1, 'x');
  EXPECT_EQ(LoadPosition(path_), std::nullopt);
}

TEST_F(PositionFileTest, ASymlinkIsNotFollowed) {
  const std::string target = directory_ / "precious";
  std::ofstream(target) << "precious";
  ASSERT_EQ(symlink(target.c_str(), path_.c_str()), 0);
  ASSERT_EQ(symlink(target.c_str(), (path_ + ".new").c_str()), 0);
  EXPECT_EQ(LoadPosition(path_), std::nullopt);
  EXPECT_FALSE(SavePosition(path_, "x").ok());
  EXPECT_EQ(LoadPosition(target), "precious");
}

TEST_F(PositionFileTest, ADirectoryThatIsGoneIsAnErrorWithThePath) {
  const absl::Status saved = SavePosition(directory_ / "none/log.position", "x");
  EXPECT_NE(saved.message().find("none/log.position"), std::string::npos) << saved;
}

TEST_F(PositionFileTest, WithoutADirectoryThereIsNoFile) {
  const std::string none = PositionPath("", "memory", "memory:system");
  EXPECT_EQ(none, "");
  EXPECT_TRUE(SavePosition(none, "x").ok());
  EXPECT_EQ(LoadPosition(none), std::nullopt);
}

TEST_F(PositionFileTest, EachCheckHasAFileOfItsOwnWhateverItsTarget) {
  const std::string one = PositionPath("/state", "log", "log:/var/log/a.log");
  const std::string other = PositionPath("/state", "log", "log:/var/log/b.log");
  EXPECT_NE(one, other);
  EXPECT_EQ(one, "/state/log-" + one.substr(11, 16) + ".position");
  EXPECT_EQ(one.find('/', 7), std::string::npos);
}

}  // namespace
}  // namespace faultline::host
