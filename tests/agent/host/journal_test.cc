// Following real journal files: units, cursors, rotation, damage.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/agent/host/journal_writer.h"
#include "tests/agent/host/log_testing.h"
#include "tests/agent/host/run_until.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

class JournalTest : public testing::Test {
 protected:
  JournalTest() : loop_(Loop::Create().value()) {}
  void SetUp() override {
    if (!JournalWriter::IsPossible()) {
      GTEST_SKIP() << "no systemd-journal-remote (package systemd-journal-remote)";
    }
    fs::create_directory(journal_);
    writer_.Append({{.message = "history"}});
  }

  void Start(const Lines& units = {"mariadb.service"}) {
    JournalOptions options{.units = units, .directory = journal_, .position_file = position_};
    source_ = MakeJournalSource(*loop_, clock_, options, log_);
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
  const std::string journal_ = directory_ / "journal";
  const std::string position_ = directory_ / "state.position";
  JournalWriter writer_{journal_};
  std::unique_ptr<Loop> loop_;
  RecordingLog log_;
  std::unique_ptr<JournalSource> source_;
};

TEST_F(JournalTest, AFirstStartReadsNoHistoryAndThenWhatIsWritten) {
  Start();
  writer_.Append({{.message = "one"}, {.message = "two"}});
  EXPECT_TRUE(UntilLines({"one", "two"})) << testing::PrintToString(log_.lines);
  EXPECT_TRUE(log_.unavailable.ok()) << log_.unavailable;
}

TEST_F(JournalTest, OnlyTheUnitsAskedForAreRead) {
  Start();
  writer_.Append({{.message = "other", .unit = "nginx.service"},
                  {.message = "ours"},
                  {.message = "nobody's", .unit = ""}});
  EXPECT_TRUE(UntilLines({"ours"})) << testing::PrintToString(log_.lines);
}

TEST_F(JournalTest, WhatSystemdSaysOfTheUnitIsReadToo) {
  Start();
  const std::string of_us = "UNIT=mariadb.service\n";
  writer_.Append({{.message = "forged", .unit = "mallory.service", .fields = "_PID=7\n" + of_us},
                  {.message = "of another", .unit = "init.scope", .fields = "_PID=1\nUNIT=x\n"},
                  {.message = "of us", .unit = "init.scope", .fields = "_PID=1\n" + of_us}});
  EXPECT_TRUE(UntilLines({"of us"})) << testing::PrintToString(log_.lines);
}

TEST_F(JournalTest, WhatANameLearnedLaterWroteSinceTheStartIsReadToo) {
  Start({"mysql.service"});
  writer_.Append({{.message = "under the real name"}});
  source_->SetUnits({"mysql.service", "mariadb.service"});
  EXPECT_TRUE(UntilLines({"under the real name"})) << testing::PrintToString(log_.lines);
}

TEST_F(JournalTest, AMessageOfManyLinesHasItsPriorityOnce) {
  Start();
  writer_.Append({{.message = "Traceback\n  in one\n\nlast", .priority = "3"}});
  ASSERT_TRUE(UntilLines({"Traceback", "  in one", "last"})) << testing::PrintToString(log_.lines);
  EXPECT_EQ(log_.priorities, (std::vector<int>{3, -1, -1}));
}

TEST_F(JournalTest, APriorityThatIsNoneIsUnknown) {
  Start();
  writer_.Append({{.message = "a", .priority = "9"}, {.message = "b", .priority = ""}});
  ASSERT_TRUE(UntilLines({"a", "b"}));
  EXPECT_EQ(log_.priorities, (std::vector<int>{-1, -1}));
}

TEST_F(JournalTest, ALongMessageIsCut) {
  Start();
  writer_.Append({{.message = std::string(200'000, 'x')}, {.message = "next"}});
  ASSERT_TRUE(Until([this] { return log_.lines.size() == 2; }));
  EXPECT_EQ(log_.lines[0].size(), kMaxLogLine);
  EXPECT_EQ(log_.lines[1], "next");
}

TEST_F(JournalTest, TheNextStartGoesOnAfterTheLastLine) {
  Start();
  writer_.Append({{.message = "one"}});
  ASSERT_TRUE(UntilLines({"one"}));
  Stop();
  writer_.Append({{.message = "two"}});
  Start();
  EXPECT_TRUE(UntilLines({"two"})) << testing::PrintToString(log_.lines);
  EXPECT_TRUE(log_.gaps.empty());
}

TEST_F(JournalTest, ARotatedJournalIsReadOnWithoutAGap) {
  Start();
  writer_.Append({{.message = "one"}});
  ASSERT_TRUE(UntilLines({"one"}));
  fs::rename(writer_.File(), writer_.File("system@archived.journal"));
  writer_.Append({{.message = "two"}});
  EXPECT_TRUE(UntilLines({"one", "two"})) << testing::PrintToString(log_.lines);
  EXPECT_TRUE(log_.gaps.empty());
}

TEST_F(JournalTest, WhatWasRotatedAwayDuringTheStopIsAGap) {
  Start();
  writer_.Append({{.message = "one"}});
  ASSERT_TRUE(UntilLines({"one"}));
  Stop();
  fs::remove(writer_.File());
  writer_.Append({{.message = "two"}});
  Start();
  EXPECT_TRUE(UntilLines({"two"})) << testing::PrintToString(log_.lines);
  ASSERT_EQ(log_.gaps.size(), 1u);
  EXPECT_NE(log_.gaps[0].find("rotated away"), std::string::npos);
}

TEST_F(JournalTest, ADamagedFileBesideAGoodOneIsPassedOver) {
  std::ofstream(writer_.File("damaged.journal"), std::ios::binary) << std::string(4096, '\xee');
  Start();
  writer_.Append({{.message = "one"}});
  EXPECT_TRUE(UntilLines({"one"})) << testing::PrintToString(log_.lines);
}

TEST_F(JournalTest, AFileThatIsDamagedUnderTheReaderEndsNothing) {
  Start();
  writer_.Append({{.message = "one"}});
  ASSERT_TRUE(UntilLines({"one"}));
  {
    // All that follows the file's header.
    std::fstream file(writer_.File(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(512);
    file << std::string(1'000'000, '\xee');
  }
  writer_.Append({{.message = "two"}}, "next.journal");
  EXPECT_TRUE(Until([this] { return !log_.lines.empty() && log_.lines.back() == "two"; }))
      << testing::PrintToString(log_.lines) << log_.unavailable;
}

TEST_F(JournalTest, APositionFileOfAnotherFormIsAFirstStart) {
  std::ofstream(position_) << "journal 1\nnonsense";
  Start();
  writer_.Append({{.message = "one"}});
  EXPECT_TRUE(UntilLines({"one"})) << testing::PrintToString(log_.lines);
}

TEST_F(JournalTest, ACursorThatIsNoneIsAGapAndReadingGoesOn) {
  const int64_t now_usec = clock_.Now().ns / 1000;
  std::ofstream(position_) << "journal 1\nnonsense\n" << now_usec << "\n";
  writer_.Append({{.message = "one"}});
  Start();
  EXPECT_TRUE(UntilLines({"one"})) << testing::PrintToString(log_.lines);
  EXPECT_EQ(log_.gaps.size(), 1u);
}

TEST_F(JournalTest, ALongBacklogLetsOthersRun) {
  Start();
  std::vector<WrittenEntry> many;
  for (int i = 0; i < 5000; ++i) many.push_back({.message = "line " + std::to_string(i)});
  Stop();
  writer_.Append(many);
  JournalOptions options{
      .units = {"mariadb.service"}, .directory = journal_, .position_file = position_};
  source_ = MakeJournalSource(*loop_, clock_, options, log_);
  source_->Start();
  size_t most_between_ticks = 0;
  size_t at_last_tick = 0;
  const auto tick = loop_->Every(Span{}, Span::Millis(1), [&] {
    most_between_ticks = std::max(most_between_ticks, log_.lines.size() - at_last_tick);
    at_last_tick = log_.lines.size();
  });
  ASSERT_TRUE(Until([this] { return log_.lines.size() == 5000; })) << log_.lines.size();
  EXPECT_LT(most_between_ticks, 5000u) << "200 entries a turn";
}

}  // namespace
}  // namespace faultline::host
