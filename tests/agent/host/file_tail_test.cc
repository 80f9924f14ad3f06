// Following a log file that is rotated, truncated, deleted, and missed for a while.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "agent/host/position_file.h"
#include "tests/agent/host/log_testing.h"
#include "tests/agent/host/run_until.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

class FileTailTest : public testing::Test {
 protected:
  FileTailTest() : loop_(Loop::Create().value()) {}

  void Append(const std::string& text, const std::string& more = "") {
    std::ofstream(path_ + more, std::ios::app) << text;
  }
  // Follows the file until everything that is there has been read.
  void Start() {
    source_ = MakeFileSource(*loop_, clock_, path_, position_, log_);
    source_->Start();
    ASSERT_TRUE(Until([this] { return log_.caught_up > 0 || !log_.unavailable.ok(); }));
  }
  void Stop() {
    source_.reset();
    log_ = RecordingLog();
  }
  bool Until(const std::function<bool()>& done) { return RunUntil(*loop_, done); }
  bool UntilLines(const Lines& wanted) {
    return Until([&] { return log_.lines == wanted; });
  }

  const SystemClock clock_;
  const fakes::TempDirectory directory_;
  const std::string path_ = directory_ / "app.log";
  const std::string position_ = directory_ / "state.position";
  std::unique_ptr<Loop> loop_;
  RecordingLog log_;
  std::unique_ptr<LogSource> source_;
};

TEST_F(FileTailTest, AFirstStartBeginsAtTheEnd) {
  Append("history\n");
  Start();
  Append("news\n");
  EXPECT_TRUE(UntilLines({"news"}));
  EXPECT_GT(log_.times.at(0).ns, 0);
}

TEST_F(FileTailTest, WhereAFirstStartBeganIsKnownAlsoAfterAKill) {
  Append("history\n");
  Start();
  EXPECT_TRUE(LoadPosition(position_).has_value());
}

TEST_F(FileTailTest, TheNextStartGoesOnWhereThisOneStopped) {
  Append("history\n");
  Start();
  Append("one\n");
  ASSERT_TRUE(UntilLines({"one"}));
  Stop();
  Append("two\n");
  Start();
  EXPECT_TRUE(UntilLines({"two"}));
  EXPECT_TRUE(log_.gaps.empty());
}

TEST_F(FileTailTest, ARotationDuringTheStopLosesNothing) {
  Append("history\n");
  Start();
  Append("one\n");
  ASSERT_TRUE(UntilLines({"one"}));
  Stop();
  Append("two\n");
  fs::rename(path_, path_ + ".1");
  Append("three\n");
  Start();
  EXPECT_TRUE(UntilLines({"two", "three"}));
  EXPECT_TRUE(log_.gaps.empty());
}

TEST_F(FileTailTest, AFileThatWasRotatedAwayMeanwhileIsAGap) {
  Append("one\n");
  Start();
  Stop();
  fs::rename(path_, directory_ / "kept-so-that-its-number-is-not-used-again");
  fs::create_directory(directory_ / "elsewhere");
  fs::rename(directory_ / "kept-so-that-its-number-is-not-used-again", directory_ / "elsewhere/x");
  Append("two\n");
  Start();
  EXPECT_TRUE(UntilLines({"two"}));
  ASSERT_EQ(log_.gaps.size(), 1u);
  EXPECT_NE(log_.gaps[0].find("rotated away"), std::string::npos);
}

TEST_F(FileTailTest, ATruncationDuringTheStopIsReadFromTheBeginning) {
  Append("a line that was read\n");
  Start();
  Stop();
  fs::resize_file(path_, 0);
  Append("new\n");
  Start();
  EXPECT_TRUE(UntilLines({"new"}));
}

TEST_F(FileTailTest, WhatGrewTooLargeMeanwhileIsAGapAndTheRestIsRead) {
  Append("one\n");
  Start();
  Stop();
  fs::resize_file(path_, (int64_t{80} << 20));  // a hole: no bytes are written
  Append("\nlast\n");
  Start();
  ASSERT_EQ(log_.gaps.size(), 1u);
  EXPECT_NE(log_.gaps[0].find("64 MiB"), std::string::npos);
  EXPECT_TRUE(Until([&] { return !log_.lines.empty() && log_.lines.back() == "last"; }));
}

TEST_F(FileTailTest, AWriterThatStillHasTheRenamedFileIsHeard) {
  std::ofstream writer(path_, std::ios::app);
  Start();
  fs::rename(path_, path_ + ".1");
  Append("from the new one\n");
  ASSERT_TRUE(UntilLines({"from the new one"}));
  writer << "late\n" << std::flush;
  EXPECT_TRUE(UntilLines({"from the new one", "late"}));
}

TEST_F(FileTailTest, AFileThatIsPutBackIsNotReadAgain) {
  Append("history\n");
  Start();
  Append("one\n");
  ASSERT_TRUE(UntilLines({"one"}));
  const int before = log_.caught_up;
  fs::rename(path_, path_ + ".1");
  ASSERT_TRUE(Until([&] { return log_.caught_up > before; }));
  fs::rename(path_ + ".1", path_);
  Append("two\n");
  EXPECT_TRUE(UntilLines({"one", "two"}));
}

TEST_F(FileTailTest, AFileThatStaysAwayIsUnavailableAndReadFromItsBeginningLater) {
  Append("history\n");
  Start();
  fs::remove(path_);
  ASSERT_TRUE(Until([this] { return !log_.unavailable.ok(); }));
  EXPECT_TRUE(absl::IsNotFound(log_.unavailable)) << log_.unavailable;
  Append("first\n");
  EXPECT_TRUE(UntilLines({"first"}));
  EXPECT_TRUE(log_.unavailable.ok());
}

TEST_F(FileTailTest, AFileThatIsNotThereYetIsReadFromItsBeginning) {
  Start();
  EXPECT_TRUE(absl::IsNotFound(log_.unavailable)) << log_.unavailable;
  Append("first\n");
  EXPECT_TRUE(UntilLines({"first"}));
}

TEST_F(FileTailTest, AFileThatMayNotBeReadSaysWhichGroupIsMissing) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read every file";
  Append("history\n");
  fs::permissions(path_, fs::perms::none);
  Start();
  EXPECT_TRUE(absl::IsPermissionDenied(log_.unavailable)) << log_.unavailable;
  EXPECT_NE(log_.unavailable.message().find("group"), std::string::npos);
  fs::permissions(path_, fs::perms::owner_all);
  Append("news\n");
  EXPECT_TRUE(UntilLines({"news"})) << "what lay there before is history";
}

TEST_F(FileTailTest, ADirectoryIsUnavailableAndNamed) {
  fs::create_directory(path_);
  Start();
  EXPECT_NE(log_.unavailable.message().find(path_ + " is not a regular file"), std::string::npos)
      << log_.unavailable;
}

TEST_F(FileTailTest, ALongBacklogLetsOthersRun) {
  Append("one\n");
  Start();
  Stop();
  std::string lines;
  for (int i = 0; i < 100'000; ++i) lines += "line " + std::to_string(i) + "\n";
  Append(lines);
  source_ = MakeFileSource(*loop_, clock_, path_, position_, log_);
  source_->Start();
  size_t at_first_tick = 0;
  const auto tick = loop_->Every(Span{}, Span::Millis(1), [&] {
    if (at_first_tick == 0) at_first_tick = log_.lines.size();
  });
  ASSERT_TRUE(Until([&] { return log_.lines.size() == 100'000; }));
  EXPECT_LT(at_first_tick, 100'000u);
  EXPECT_EQ(log_.lines.back(), "line 99999");
}

TEST_F(FileTailTest, WithoutADirectoryForItsPositionItReadsAllTheSame) {
  source_ = MakeFileSource(*loop_, clock_, path_, directory_ / "none/position", log_);
  Append("history\n");
  source_->Start();
  ASSERT_TRUE(Until([this] { return log_.caught_up > 0; }));
  Append("news\n");
  EXPECT_TRUE(UntilLines({"news"}));
}

}  // namespace
}  // namespace faultline::host
