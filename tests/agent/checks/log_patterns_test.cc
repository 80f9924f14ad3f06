#include "agent/checks/log_patterns.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace faultline::checks {
namespace {

std::unique_ptr<LogPatterns> Compiled(const std::vector<std::string>& patterns,
                                      const std::vector<std::string>& ignore = {}) {
  auto compiled = LogPatterns::Compile(patterns, ignore);
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  return compiled.ok() ? *std::move(compiled) : nullptr;
}

std::string ErrorOf(const std::vector<std::string>& patterns,
                    const std::vector<std::string>& ignore = {}) {
  return std::string(LogPatterns::Compile(patterns, ignore).status().message());
}

TEST(LogPatternsTest, TheBuiltInOnesKnowTheErrorsOfTheStack) {
  const auto patterns = Compiled({"default"});
  struct Row {
    const char* line;
    const char* name;
  };
  const Row table[] = {
      {"2026-11-22T03:14:07Z 0 [ERROR] [MY-010187] Could not open file", "level"},
      {"ERROR in app: cannot connect", "level"},
      {"FATAL:  the database system is shutting down", "level"},
      {"2026/11/22 03:14:07 [error] 77#77: connect() failed", "bracketed_level"},
      {"[core:crit] AH00001", "bracketed_level"},
      {"ts=1 level=error msg=\"no\"", "level_field"},
      {"{\"severity\": \"fatal\"}", "level_field"},
      {"Traceback (most recent call last):", "traceback"},
      {"sqlalchemy.exc.OperationalError: (2003, \"Can't connect\")", "exception"},
      {"nginx: error: bind() failed", "error_prefix"},
      {"mysqld[77]: segfault at 0 ip 0", "crash"},
      {"Out of memory: Killed process 77 (mysqld)", "crash"},
  };
  for (const Row& row : table) EXPECT_EQ(patterns->Match(row.line, -1), row.name) << row.line;
}

TEST(LogPatternsTest, HarmlessLinesAreNoErrors) {
  const auto patterns = Compiled({"default"});
  for (const char* line :
       {"", "started", "0 errors found", "[Warning] slow", "terror is no error", "level=info",
        "GET /error.html 200", "ERRORS_TOTAL 0", "level=erroneous"}) {
    EXPECT_EQ(patterns->Match(line, -1), "") << line;
  }
}

TEST(LogPatternsTest, ThePriorityCountsWhateverTheText) {
  const auto patterns = Compiled({"default"});
  EXPECT_EQ(patterns->Match("started", 3), "priority");
  EXPECT_EQ(patterns->Match("started", 0), "priority");
  EXPECT_EQ(patterns->Match("started", 4), "");
  EXPECT_EQ(patterns->Match("started", -1), "");
  EXPECT_EQ(patterns->Match("[ERROR] no", 3), "level") << "a name that says more goes first";
}

TEST(LogPatternsTest, OwnPatternsCarryTheirTextAsName) {
  const auto patterns = Compiled({"boom|bang", "default"});
  EXPECT_EQ(patterns->Match("a bang", -1), "boom|bang");
  EXPECT_EQ(patterns->Match("an ERROR", -1), "level");
  EXPECT_EQ(Compiled({"boom"})->Match("an ERROR", -1), "");
}

TEST(LogPatternsTest, AnAlternativeOfOnePatternDoesNotLeakIntoTheNext) {
  const auto patterns = Compiled({"^a|b$", "^c"});
  EXPECT_EQ(patterns->Match("a thing", -1), "^a|b$");
  EXPECT_EQ(patterns->Match("c thing", -1), "^c");
  EXPECT_EQ(patterns->Match("x c", -1), "");
}

TEST(LogPatternsTest, WhatIsIgnoredIsNoErrorAtAnyPriority) {
  const auto patterns = Compiled({"default"}, {"harmless", "known bug"});
  EXPECT_EQ(patterns->Match("ERROR but harmless", -1), "");
  EXPECT_EQ(patterns->Match("a known bug", 0), "");
  EXPECT_EQ(patterns->Match("ERROR and bad", -1), "level");
}

TEST(LogPatternsTest, WithoutPatternsOnlyThePriorityCounts) {
  const auto patterns = Compiled({});
  EXPECT_EQ(patterns->Match("ERROR", -1), "");
  EXPECT_EQ(patterns->Match("ERROR", 2), "priority");
}

TEST(LogPatternsTest, ABadExpressionIsNamedWithItsFault) {
  EXPECT_NE(ErrorOf({"(unclosed"}).find("\"(unclosed\" is no RE2 expression"), std::string::npos);
  EXPECT_NE(ErrorOf({"default"}, {"[z-a]"}).find("[z-a]"), std::string::npos);
  EXPECT_NE(ErrorOf({""}).find("matches every line"), std::string::npos);
}

TEST(LogPatternsTest, WhatNoExpressionShouldCostIsRefused) {
  EXPECT_NE(ErrorOf({"(((a{100}){100}){100})"}), "");
  EXPECT_NE(ErrorOf(std::vector<std::string>(65, "a")).find("at most 64"), std::string::npos);
}

TEST(LogPatternsTest, ManyLargeExpressionsStillMatchOneByOne) {
  std::vector<std::string> many;
  for (int i = 0; i < 60; ++i) many.push_back("x{900}y{90}" + std::to_string(i) + "z{900}");
  many.push_back("needle");
  EXPECT_EQ(Compiled(many)->Match("a needle", -1), "needle");
}

TEST(LogPatternsTest, BytesThatAreNoTextAreMatchedToo) {
  EXPECT_EQ(Compiled({"default"})->Match(std::string_view("\xff\x00 [ERROR] \xfe", 12), -1),
            "level");
}

}  // namespace
}  // namespace faultline::checks
