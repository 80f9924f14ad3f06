#include "agent/init/acceptance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::init {
namespace {

using testing::HasSubstr;

TEST(AcceptanceTest, KnowsWhatARoleBringsWithTheseFacts) {
  Plan plan;
  plan.database = {{"datadir", "/srv/db", ""}};
  const RoleBrings brings = ChecksOfRole("db", plan);
  EXPECT_THAT(brings.ids, testing::IsSupersetOf({"disk:/srv/db", "listener:3306"}));
  EXPECT_TRUE(brings.unusable.empty());
  EXPECT_TRUE(ChecksOfRole("nonsense", plan).ids.empty());
}

TEST(AcceptanceTest, NamesChecksOfARoleThatItsKindDoesNotTake) {
  Plan plan;
  plan.database = {{"datadir", "/srv/../x", ""}, {"unit", "a.slice", ""}};
  bool named = false;
  for (const Seen& each : ChecksOfRole("db", plan).unusable) {
    named = named || each.value == "unit:a.slice";
  }
  EXPECT_TRUE(named);
}

TEST(AcceptanceTest, SaysWhatIsWrongWithAFactOrACheck) {
  EXPECT_EQ(FaultOfFact("site", "domain", "a.example"), "");
  EXPECT_THAT(FaultOfFact("site", "domain", "-a.example"), HasSubstr("is not a host"));
  EXPECT_THAT(FaultOfFact("site", "access_log", "/"), HasSubstr("absolute path"));
  EXPECT_THAT(FaultOfFact("database", "datadir", "/a\nb"), HasSubstr("characters"));
  EXPECT_EQ(FaultOfCheck({"unit", "a.service", {{"subject", "site"}}, ""}), "");
  EXPECT_NE(FaultOfCheck({"unit", "a b.service", {}, ""}), "");
  EXPECT_NE(FaultOfCheck({"http", "https://a.example/<", {}, ""}) +
                FaultOfCheck({"http", "https://a.example/ x", {}, ""}),
            "");
}

}  // namespace
}  // namespace faultline::init
