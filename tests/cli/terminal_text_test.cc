#include "cli/terminal_text.h"

#include <gtest/gtest.h>

namespace faultline::cli {
namespace {

TEST(TerminalText, LetsNoEscapeSequenceThrough) {
  EXPECT_EQ(TerminalText("a\x1b[2Jb\rc\nd\x07"), "a [2Jb c d ");
  EXPECT_EQ(TerminalText("\xc2\x9b"
                         "31mred"),
            " 31mred");
}

TEST(TerminalText, LetsNothingThroughThatReordersItsNeighbours) {
  EXPECT_EQ(TerminalText("OK\u202ELACITIRC"), "OKLACITIRC");
  EXPECT_EQ(TerminalText("a\u2066b\u2028c\u200Fd"), "ab cd");
}

TEST(TerminalText, ReplacesWhatIsNoUtf8AndBoundsTheRest) {
  EXPECT_EQ(TerminalText("a\xff\xfe"), "a??");
  EXPECT_EQ(TerminalText("abcdefghij", 6), "abc...");
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("mysql"), 5U);
  EXPECT_EQ(DisplayWidth("Zürich"), 6U);
  EXPECT_EQ(DisplayWidth("数据库"), 6U);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1U);
  EXPECT_EQ(DisplayWidth("🔥"), 2U);
}

TEST(FitWidth, CutsOnlyWhatDoesNotFit) {
  EXPECT_EQ(FitWidth("mysql", 5), "mysql");
  EXPECT_EQ(FitWidth("mysqld", 5), "mysq…");
  EXPECT_EQ(FitWidth("数据库", 5), "数据…");
  EXPECT_EQ(FitWidth("数据库", 4), "数…");
  EXPECT_EQ(FitWidth("mysql", 0), "");
}

}  // namespace
}  // namespace faultline::cli
