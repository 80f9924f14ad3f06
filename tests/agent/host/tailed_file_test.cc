// One log file on a real disk: growth, truncation, identity.
#include "agent/host/tailed_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

using Lines = std::vector<std::string>;

class TailedFileTest : public testing::Test {
 protected:
  void Append(const std::string& text) { std::ofstream(path_, std::ios::app) << text; }
  void Truncate(const std::string& text) { std::ofstream(path_, std::ios::trunc) << text; }
  std::unique_ptr<TailedFile> Open() { return TailedFile::Open(path_).value(); }

  // All that there is now.
  static Lines Read(TailedFile& file) {
    Lines lines;
    while (!file.ReadTurn([&](std::string_view line) { lines.emplace_back(line); })) {
    }
    return lines;
  }

  const fakes::TempDirectory directory_;
  const std::string path_ = directory_ / "app.log";
};

TEST_F(TailedFileTest, WhatIsAppendedIsReadOnce) {
  Append("one\n");
  const auto file = Open();
  EXPECT_EQ(Read(*file), Lines{"one"});
  Append("two\nthr");
  EXPECT_EQ(Read(*file), Lines{"two"});
  Append("ee\n");
  EXPECT_EQ(Read(*file), Lines{"three"});
  EXPECT_EQ(Read(*file), Lines{});
}

TEST_F(TailedFileTest, ATurnIsBounded) {
  Append(std::string(200'000, '\n'));
  const auto file = Open();
  size_t lines = 0;
  EXPECT_FALSE(file->ReadTurn([&](std::string_view) { ++lines; }));
  EXPECT_EQ(lines, 64u * 1024);
}

TEST_F(TailedFileTest, ATruncatedFileIsReadFromItsBeginning) {
  Append("one\ntwo\n");
  const auto file = Open();
  Read(*file);
  Truncate("new\n");
  EXPECT_EQ(Read(*file), Lines{"new"});
}

TEST_F(TailedFileTest, OneThatHasGrownBeyondItsOldLengthIsKnownByItsBeginning) {
  Append("one\n");
  const auto file = Open();
  Read(*file);
  Truncate("other\nand longer\n");
  EXPECT_EQ(Read(*file), (Lines{"other", "and longer"}));
}

TEST_F(TailedFileTest, AFileIsItselfAlsoWhenItHasGrown) {
  Append("one\n");
  const FileKey key = Open()->Position(WallTime{}).key;
  Append("two\n");
  EXPECT_TRUE(Open()->Is(key));
}

TEST_F(TailedFileTest, AnEmptyFileThatWasFilledIsStillItself) {
  Append("");
  const FileKey key = Open()->Position(WallTime{}).key;
  Append("one\n");
  EXPECT_TRUE(Open()->Is(key));
}

TEST_F(TailedFileTest, AnotherFileWithTheSameInodeIsAnother) {
  Append("one\n");
  const FileKey key = Open()->Position(WallTime{}).key;
  Truncate("other\n");
  EXPECT_FALSE(Open()->Is(key));
  Truncate("o");
  EXPECT_FALSE(Open()->Is(key)) << "shorter than what is remembered";
}

TEST_F(TailedFileTest, APositionIsBeforeALineThatHasNotEnded) {
  Append("one\nhalf");
  const auto file = Open();
  Read(*file);
  const SavedPosition saved = file->Position(WallTime{12});
  EXPECT_EQ(saved.offset, 4);
  EXPECT_EQ(saved.wall_ns, 12);
  const auto again = Open();
  again->Seek(saved.offset);
  Append(" a line\n");
  EXPECT_EQ(Read(*again), Lines{"half a line"});
}

TEST_F(TailedFileTest, WhatIsNoRegularFileIsRefused) {
  ASSERT_EQ(mkfifo((directory_ / "fifo").c_str(), 0600), 0);
  for (const std::string& path : {directory_.path(), directory_ / "fifo"}) {
    const auto opened = TailedFile::Open(path);
    ASSERT_FALSE(opened.ok());
    EXPECT_NE(opened.status().message().find("not a regular file"), std::string::npos);
  }
  EXPECT_TRUE(absl::IsNotFound(TailedFile::Open(directory_ / "none").status()));
}

TEST(SavedPositionTest, ComesBackAsItWasWritten) {
  const SavedPosition saved{{1, 2, 3, UINT64_MAX}, 5, 6};
  const auto back = ParseSaved(FormatSaved(saved));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(FormatSaved(*back), FormatSaved(saved));
  EXPECT_EQ(back->key.head_hash, UINT64_MAX);
  EXPECT_EQ(back->offset, 5);
}

TEST(SavedPositionTest, AnythingElseIsNone) {
  for (const char* text :
       {"", "file1", "file1 1 2 3 4 5", "file2 1 2 3 4 5 6", "file1 1 2 257 4 5 6",
        "file1 1 2 3 4 -5 6", "file1 1 2 3 4 5 6 7", "file1 x 2 3 4 5 6", "journal 1\nc\n12\n"}) {
    EXPECT_FALSE(ParseSaved(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace faultline::host
