// The newest lines of some programs, out of real journal files.
#include "agent/host/journal_recent.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/agent/host/journal_writer.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

constexpr int64_t kStart = 1'800'000'000'000'000;  // microseconds

class JournalRecentTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!JournalWriter::IsPossible()) {
      GTEST_SKIP() << "no systemd-journal-remote (package systemd-journal-remote)";
    }
  }
  static WrittenEntry Sudo(const std::string& message, int64_t seconds) {
    return {.message = message,
            .unit = "",
            .priority = "5",
            .comm = "sudo",
            .exe = "/usr/bin/sudo",
            .usec = kStart + seconds * 1'000'000};
  }
  std::vector<JournalEntry> Read(int64_t since_seconds) {
    auto read = ReadRecentJournal({.programs = {{"sudo", {"/usr/bin/sudo"}}},
                                   .since = {(kStart + since_seconds * 1'000'000) * 1000},
                                   .directory = directory_.path()});
    EXPECT_TRUE(read.ok()) << read.status();
    return read.ok() ? *std::move(read) : std::vector<JournalEntry>();
  }

  const fakes::TempDirectory directory_;
  JournalWriter writer_{directory_.path()};
};

TEST_F(JournalRecentTest, TheNewestComesFirstAndWhatIsTooOldNotAtAll) {
  writer_.Append({Sudo("old", 0), Sudo("one", 10), Sudo("two", 11)});
  const auto entries = Read(5);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].message, "two");
  EXPECT_EQ(entries[0].program, "sudo");
  EXPECT_EQ(entries[0].at.ns, (kStart + 11'000'000) * 1000);
  EXPECT_EQ(entries[1].message, "one");
}

TEST_F(JournalRecentTest, OtherProgramsAreLeftOut) {
  WrittenEntry other = Sudo("other", 10);
  other.comm = "logger";
  writer_.Append({other, Sudo("ours", 11)});
  ASSERT_EQ(Read(0).size(), 1u);
}

TEST_F(JournalRecentTest, AProgramThatOnlyBearsTheNameIsLeftOut) {
  WrittenEntry forged = Sudo("forged", 10);
  forged.exe = "/home/mallory/sudo";
  WrittenEntry unknown = Sudo("unknown", 11);
  unknown.exe = "";
  writer_.Append({forged, unknown});
  EXPECT_TRUE(Read(0).empty());
}

TEST_F(JournalRecentTest, TheNumberIsBounded) {
  std::vector<WrittenEntry> many;
  for (int i = 0; i < 300; ++i) many.push_back(Sudo("line", 10 + i));
  writer_.Append(many);
  EXPECT_EQ(Read(0).size(), 200u);
}

TEST_F(JournalRecentTest, AHostWithoutAJournalHasNone) { EXPECT_TRUE(Read(0).empty()); }

}  // namespace
}  // namespace faultline::host
