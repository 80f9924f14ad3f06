// Lines of other people's programs: what is taken out of them, and what is not.
#include "collector/incidents/cause.h"

#include <gtest/gtest.h>

#include "collector/incidents/database_error.h"

namespace faultline::incidents {
namespace {

TEST(DatabaseErrorTest, StandsWhereProgramsPrintIt) {
  EXPECT_EQ(DatabaseErrorIn("(pymysql.err.OperationalError) (1045, \"Access denied\")"), 1045);
  EXPECT_EQ(DatabaseErrorIn("ERROR 2003 (HY000): Can't connect to MySQL server"), 2003);
  EXPECT_EQ(DatabaseErrorIn("Error 1049 (42000): Unknown database 'x'"), 1049);
  EXPECT_EQ(DatabaseErrorIn("SQLSTATE[HY000] [2002] Connection refused"), 2002);
  EXPECT_EQ(DatabaseErrorIn("the application's database error: 1040 Too many connections"), 1040);
  EXPECT_EQ(DatabaseErrorIn("OperationalError: (2013, 'Lost connection')"), 2013);
}

TEST(DatabaseErrorTest, OtherNumbersAreNone) {
  for (const char* line :
       {"", "2003", "took 1045 ms", "port (1234)", "(3306)", "error 404", "pid 2003 exited",
        "x1045,", "error: 10450", "(11045,", "in 2003, it", "GET /2003/ 500"}) {
    EXPECT_EQ(DatabaseErrorIn(line), std::nullopt) << line;
  }
  EXPECT_EQ(DatabaseErrorInWords(4711), "");
}

TEST(WithoutLogPrefixTest, LeavesTheMessage) {
  const struct {
    const char* line;
    const char* message;
  } kTable[] = {
      {"2026-12-01  7:01:02 0 [ERROR] /usr/sbin/mariadbd: unknown variable 'nonsense=1'",
       "unknown variable 'nonsense=1'"},
      {"2026-12-01T07:01:02.123456Z 0 [ERROR] [MY-000067] [Server] unknown variable 'nonsense=1'.",
       "unknown variable 'nonsense=1'."},
      {"2026/12/01 07:01:02 [emerg] 4711#4711: bind() to 0.0.0.0:80 failed (98: in use)",
       "bind() to 0.0.0.0:80 failed (98: in use)"},
      {"KeyError: 'DB_PASSWORD'", "KeyError: 'DB_PASSWORD'"},
      {"[ERROR] ", ""},
      {"", ""},
  };
  for (const auto& row : kTable) EXPECT_EQ(WithoutLogPrefix(row.line), row.message);
}

}  // namespace
}  // namespace faultline::incidents
