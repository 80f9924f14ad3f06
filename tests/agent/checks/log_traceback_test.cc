#include "agent/checks/log_traceback.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace faultline::checks {
namespace {

using Part = TracebackJoiner::Part;

std::vector<Part> PartsOf(const std::vector<std::string>& lines) {
  TracebackJoiner joiner;
  std::vector<Part> parts;
  for (const std::string& line : lines) parts.push_back(joiner.Add(line));
  return parts;
}

TEST(TracebackJoinerTest, ATracebackEndsWithTheLineThatNamesTheException) {
  EXPECT_EQ(PartsOf({"all is well", "Traceback (most recent call last):", "  File \"a.py\", line 1",
                     "    app = create_app()", "          ^^^^", "RuntimeError: not set: DB_HOST",
                     "all is well"}),
            (std::vector<Part>{Part::kNone, Part::kInside, Part::kInside, Part::kInside,
                               Part::kInside, Part::kEnd, Part::kNone}));
}

TEST(TracebackJoinerTest, AnExceptionThatCausedAnotherIsNotTheEnd) {
  TracebackJoiner joiner;
  for (const char* line :
       {"Traceback (most recent call last):", "  File \"a.py\"", "pymysql.err.OperationalError: x",
        "The above exception was the direct cause of the following exception:",
        "Traceback (most recent call last):", "  File \"b.py\""}) {
    joiner.Add(line);
  }
  EXPECT_TRUE(joiner.inside());
  EXPECT_EQ(joiner.Add("sqlalchemy.exc.OperationalError: (2003, 'x')"), Part::kEnd);
}

TEST(TracebackJoinerTest, LinesOfOthersInBetweenAreNoPartOfIt) {
  EXPECT_EQ(PartsOf({"Traceback (most recent call last):",
                     "[2026-11-25 13:22:11 +0000] [14053] [INFO] Worker exiting", "  File \"a.py\"",
                     "KeyboardInterrupt"}),
            (std::vector<Part>{Part::kInside, Part::kNone, Part::kInside, Part::kEnd}));
}

TEST(TracebackJoinerTest, OneThatNeverEndsIsGivenUp) {
  TracebackJoiner joiner;
  joiner.Add("Traceback (most recent call last):");
  for (size_t i = 0; i < TracebackJoiner::kMaxLines; ++i) joiner.Add("  File \"a.py\"");
  EXPECT_TRUE(joiner.inside());
  EXPECT_EQ(joiner.Add("  File \"a.py\""), Part::kNone);
  EXPECT_FALSE(joiner.inside());
}

TEST(TracebackJoinerTest, OrdinaryLinesAreNone) {
  EXPECT_EQ(PartsOf({"", "  indented", "RuntimeError: x", "word"}),
            (std::vector<Part>(4, Part::kNone)));
}

}  // namespace
}  // namespace faultline::checks
