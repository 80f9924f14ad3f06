#include "cli/table.h"

#include <gtest/gtest.h>

namespace faultline::cli {
namespace {

Table Example() {
  Table table({{"NAME"}, {"N", true, true}, {"HIDDEN", false}, {"TEXT"}});
  table.AddRow({"数据", "7", "x", "a long text that goes on"});
  table.AddRow({"mysql.service", "1234", "x", ""});
  return table;
}

TEST(Table, AlignsColumnsByWhatTheTerminalShows) {
  EXPECT_EQ(Example().Render(false, 0),
            "NAME              N  TEXT\n"
            "数据              7  a long text that goes on\n"
            "mysql.service  1234\n");
}

TEST(Table, CutsTheLastColumnToTheTerminalsWidth) {
  EXPECT_EQ(Example().Render(false, 39, 1),
            " NAME              N  TEXT\n"
            " 数据              7  a long text that…\n"
            " mysql.service  1234\n");
}

TEST(Table, NeverCutsTheLastColumnToNothing) {
  EXPECT_EQ(Example().Render(false, 10),
            "NAME              N  TEXT\n"
            "数据              7  a long text tha…\n"
            "mysql.service  1234\n");
}

TEST(Table, PaintsTextsWithoutMovingColumns) {
  Table table({{"A"}, {"B"}});
  table.AddRow({Cell("bad", Style::kBad), "x"});
  table.AddRow({Cell("longer", Style::kGood), "y"});
  EXPECT_EQ(table.Render(true, 0),
            "\x1b[2mA\x1b[0m       \x1b[2mB\x1b[0m\n"
            "\x1b[1;31mbad\x1b[0m     x\n"
            "\x1b[32mlonger\x1b[0m  y\n");
}

TEST(Table, CleansWhatCameFromOutside) {
  Table table({{"A"}});
  table.AddRow({Cell(std::string("x\x1b]0;owned\x07\ny"))});
  EXPECT_EQ(table.Render(false, 0), "A\nx ]0;owned  y\n");
}

}  // namespace
}  // namespace faultline::cli
