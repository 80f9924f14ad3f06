// Following a file that Debian's logrotate rotates, and other ways in which a name gets another
// file.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/agent/host/log_testing.h"
#include "tests/agent/host/run_until.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;
constexpr char kLogrotate[] = "/usr/sbin/logrotate";

class RotationTest : public testing::Test {
 protected:
  RotationTest() : loop_(Loop::Create().value()) {}

  static void Append(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::app) << text;
  }
  void Start() {
    source_ = MakeFileSource(*loop_, clock_, path_, position_, log_);
    source_->Start();
    ASSERT_TRUE(Until([this] { return log_.caught_up > 0; }));
  }
  void Stop() {
    source_.reset();
    log_ = RecordingLog();
  }
  bool Until(const std::function<bool()>& done) { return RunUntil(*loop_, done); }
  bool UntilLines(const Lines& wanted) {
    return Until([&] { return log_.lines == wanted; });
  }
  static ino_t InodeOf(const std::string& path) {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
  }

  const SystemClock clock_;
  const fakes::TempDirectory directory_;
  const std::string path_ = directory_ / "app.log";
  const std::string position_ = directory_ / "state.position";
  std::unique_ptr<Loop> loop_;
  RecordingLog log_;
  std::unique_ptr<LogSource> source_;
};

class LogrotateTest : public RotationTest {
 protected:
  void SetUp() override {
    if (access(kLogrotate, X_OK) != 0) GTEST_SKIP() << "no logrotate (package logrotate)";
  }
  void Rotate(const std::string& how) {
    const std::string config = directory_ / "logrotate.conf";
    std::ofstream(config, std::ios::trunc)
        << path_ << " {\n  rotate 3\n  size 1\n  missingok\n  " << how << "\n}\n";
    fs::permissions(config, fs::perms::owner_read | fs::perms::owner_write);
    const std::string command = std::string(kLogrotate) + " -f -s '" + (directory_ / "status") +
                                "' '" + config + "' 2>'" + (directory_ / "errors") + "'";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
};

TEST_F(LogrotateTest, ARenamedAndNewlyMadeFileLosesNothing) {
  Append(path_, "history\n");
  Start();
  std::ofstream writer(path_, std::ios::app);
  writer << "one\n" << std::flush;
  Rotate("create 0600");
  writer << "two\n" << std::flush;  // the program has not opened the new one yet
  ASSERT_TRUE(UntilLines({"one", "two"})) << testing::PrintToString(log_.lines);
  Append(path_, "three\n");
  EXPECT_TRUE(UntilLines({"one", "two", "three"})) << testing::PrintToString(log_.lines);
  EXPECT_TRUE(log_.gaps.empty());
}

TEST_F(LogrotateTest, SeveralRotationsInARowLoseNothing) {
  Append(path_, "history\n");
  Start();
  Lines wanted;
  for (const char* line : {"one", "two", "three", "four"}) {
    Append(path_, std::string(line) + "\n");
    wanted.emplace_back(line);
    ASSERT_TRUE(UntilLines(wanted)) << testing::PrintToString(log_.lines);
    Rotate("create 0600");
  }
  EXPECT_TRUE(log_.gaps.empty());
}

TEST_F(LogrotateTest, ACopiedAndTruncatedFileIsReadOnFromItsBeginning) {
  Append(path_, "history\n");
  Start();
  Append(path_, "one\n");
  ASSERT_TRUE(UntilLines({"one"}));
  Rotate("copytruncate");
  Append(path_, "two\n");
  EXPECT_TRUE(UntilLines({"one", "two"})) << testing::PrintToString(log_.lines);
  EXPECT_TRUE(log_.gaps.empty());
}

TEST_F(LogrotateTest, ARotationWhileNobodyReadsLosesNothing) {
  Append(path_, "history\n");
  Start();
  Append(path_, "one\n");
  ASSERT_TRUE(UntilLines({"one"}));
  Stop();
  Append(path_, "two\n");
  Rotate("create 0600");
  Append(path_, "three\n");
  Start();
  EXPECT_TRUE(UntilLines({"two", "three"})) << testing::PrintToString(log_.lines);
  EXPECT_TRUE(log_.gaps.empty());
}

TEST_F(LogrotateTest, OneThatWasCompressedMeanwhileIsAGap) {
  Append(path_, "history\n");
  Start();
  Stop();
  Append(path_, "lost\n");
  Rotate("compress");
  // The inode of the compressed file may be used again at once: by content it is another.
  Append(path_, "new\n");
  Start();
  EXPECT_TRUE(UntilLines({"new"})) << testing::PrintToString(log_.lines);
  EXPECT_EQ(log_.gaps.size(), 1u);
}

TEST_F(RotationTest, AnInodeThatIsUsedAgainIsAnotherFile) {
  Append(path_, "history\n");
  Start();
  Stop();
  const ino_t before = InodeOf(path_);
  fs::remove(path_);
  Append(path_, "a new file\n");
  if (InodeOf(path_) != before) GTEST_SKIP() << "this file system did not use the inode again";
  Start();
  EXPECT_TRUE(UntilLines({"a new file"})) << testing::PrintToString(log_.lines);
  EXPECT_EQ(log_.gaps.size(), 1u);
}

TEST_F(RotationTest, ASymlinkThatIsSwappedIsFollowed) {
  const std::string first = directory_ / "first.log";
  const std::string second = directory_ / "second.log";
  Append(first, "history\n");
  fs::create_symlink(first, path_);
  Start();
  Append(first, "one\n");
  ASSERT_TRUE(UntilLines({"one"})) << testing::PrintToString(log_.lines);
  Append(second, "two\n");
  fs::create_symlink(second, directory_ / "new");
  fs::rename(directory_ / "new", path_);
  EXPECT_TRUE(UntilLines({"one", "two"})) << testing::PrintToString(log_.lines);
  Append(second, "three\n");
  EXPECT_TRUE(UntilLines({"one", "two", "three"})) << testing::PrintToString(log_.lines);
}

TEST_F(RotationTest, AFileThatGrowsFasterThanItIsReadIsSkippedInPartAndSaysSo) {
  Append(path_, "history\n");
  Start();
  fs::resize_file(path_, int64_t{100} << 20);  // a hole: no bytes are written
  Append(path_, "\nlast\n");
  ASSERT_TRUE(Until([this] { return !log_.lines.empty() && log_.lines.back() == "last"; }));
  ASSERT_EQ(log_.gaps.size(), 1u);
  EXPECT_NE(log_.gaps[0].find("faster than it can be read: 67 MiB"), std::string::npos)
      << log_.gaps[0];
}

}  // namespace
}  // namespace faultline::host
