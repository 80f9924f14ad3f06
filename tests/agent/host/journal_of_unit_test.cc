// The newest lines of a unit, out of real journal files.
#include "agent/host/journal_of_unit.h"

#include <gtest/gtest.h>

#include "tests/agent/host/journal_writer.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

constexpr int64_t kUnitLogStart = 1'800'000'000'000'000;  // microseconds

class JournalOfUnitTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!JournalWriter::IsPossible()) {
      GTEST_SKIP() << "no systemd-journal-remote (package systemd-journal-remote)";
    }
  }
  static WrittenEntry Line(const std::string& message, int64_t seconds) {
    return {.message = message, .priority = "3", .usec = kUnitLogStart + seconds * 1'000'000};
  }
  std::vector<UnitLogEntry> Read(int64_t since_seconds) {
    auto read = ReadUnitLog({.units = {"mysql.service", "mariadb.service"},
                             .since = {(kUnitLogStart + since_seconds * 1'000'000) * 1000},
                             .directory = directory_.path()});
    EXPECT_TRUE(read.ok()) << read.status();
    return read.ok() ? *std::move(read) : std::vector<UnitLogEntry>();
  }

  const fakes::TempDirectory directory_;
  JournalWriter writer_{directory_.path()};
};

TEST_F(JournalOfUnitTest, TheOldestOfTheTimeComesFirst) {
  writer_.Append({Line("too old", 0), Line("one", 10), Line("two", 11)});
  const auto entries = Read(5);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].message, "one");
  EXPECT_EQ(entries[0].priority, 3);
  EXPECT_EQ(entries[0].at.ns, (kUnitLogStart + 10'000'000) * 1000);
  EXPECT_FALSE(entries[0].by_systemd);
  EXPECT_EQ(entries[1].message, "two");
}

TEST_F(JournalOfUnitTest, SystemdSpeaksOfTheUnitAndOthersDoNotCount) {
  WrittenEntry systemd = Line("Failed to start mariadb.service", 10);
  systemd.unit = "init.scope";
  systemd.fields = "_PID=1\nUNIT=mariadb.service\n";
  WrittenEntry claims = Line("not systemd", 11);
  claims.unit = "user.slice";
  claims.fields = "_PID=77\nUNIT=mariadb.service\n";
  WrittenEntry other = Line("another unit", 12);
  other.unit = "nginx.service";
  writer_.Append({systemd, claims, other});
  const auto entries = Read(0);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_TRUE(entries[0].by_systemd);
}

TEST_F(JournalOfUnitTest, AFloodIsReadFromItsEnd) {
  std::vector<WrittenEntry> flood;
  for (int i = 0; i < 500; ++i) flood.push_back(Line("line " + std::to_string(i), i));
  writer_.Append(flood);
  const auto entries = Read(0);
  ASSERT_EQ(entries.size(), 200u);
  EXPECT_EQ(entries[0].message, "line 300");
  EXPECT_EQ(entries.back().message, "line 499");
}

TEST_F(JournalOfUnitTest, WithoutAJournalThereIsNothing) { EXPECT_TRUE(Read(0).empty()); }

}  // namespace
}  // namespace faultline::host
