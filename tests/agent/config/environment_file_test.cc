#include "agent/config/environment_file.h"

#include <gmock/gmock.h>

namespace faultline::config {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

TEST(EnvironmentFileTest, ReadsVariablesAndLeavesOutTheRest) {
  EXPECT_THAT(ParseEnvironment("# DB_HOST=a\n;x=y\nDB_HOST=10.0.2.10\n export DB_PORT='3307' \n"
                               "URL=\"mysql://u:p=q@h/d\"\nnothing\nEMPTY=\n"),
              UnorderedElementsAre(Pair("DB_HOST", "10.0.2.10"), Pair("DB_PORT", "3307"),
                                   Pair("URL", "mysql://u:p=q@h/d"), Pair("EMPTY", "")));
}

TEST(EnvironmentFileTest, TakesQuotesAwayOnlyWherePairsStand) {
  EXPECT_EQ(Unquoted(" \"a b\" "), "a b");
  EXPECT_EQ(Unquoted("'a\""), "'a\"");
  EXPECT_EQ(Unquoted("'"), "'");
  EXPECT_EQ(Unquoted(""), "");
}

}  // namespace
}  // namespace faultline::config
