#include "agent/host/journal_position.h"

#include <gtest/gtest.h>

#include "agent/host/position_file.h"

namespace faultline::host {
namespace {

TEST(JournalPositionTest, ComesBackAsItWasWritten) {
  const auto position =
      ParseJournalPosition(FormatJournalPosition({"s=1;i=2;b=3", 1'700'000'000'000'000}));
  ASSERT_TRUE(position.has_value());
  EXPECT_EQ(position->cursor, "s=1;i=2;b=3");
  EXPECT_EQ(position->realtime_usec, 1'700'000'000'000'000u);
}

TEST(JournalPositionTest, BeforeTheFirstEntryThereIsOnlyATime) {
  const auto position = ParseJournalPosition(FormatJournalPosition({"", 12}));
  ASSERT_TRUE(position.has_value());
  EXPECT_EQ(position->cursor, "");
}

TEST(JournalPositionTest, TheLongestFitsIntoAPositionFile) {
  EXPECT_LE(FormatJournalPosition({std::string(1024, 'c'), UINT64_MAX}).size(), kMaxPositionBytes);
}

TEST(JournalPositionTest, AnythingElseIsNone) {
  for (const std::string& text :
       {std::string(), std::string("journal 1"), std::string("journal 1\nc\n"),
        std::string("journal 1\nc\nx\n"), std::string("journal 1\nc\n0\n"),
        std::string("journal 1\nc\n-1\n"), std::string("journal 2\nc\n12\n"),
        std::string("journal 1\nc\n12"), std::string("journal 1\nc\n12\nmore\n"),
        "journal 1\n" + std::string(1025, 'c') + "\n12\n", std::string("file1 1 2 3 4 5 6")}) {
    EXPECT_FALSE(ParseJournalPosition(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace faultline::host
