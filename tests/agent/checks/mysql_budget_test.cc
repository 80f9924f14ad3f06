#include "agent/checks/mysql_budget.h"

#include <gtest/gtest.h>

#include "tests/agent/checks/check_testing.h"

namespace faultline::checks {
namespace {

WallTime BudgetAt(int64_t seconds) {
  return WallTime{1'800'000'000'000'000'000} + Span::Seconds(seconds);
}

class MySqlBudgetTest : public testing::Test {
 protected:
  static void TakeAll(MySqlBudget& budget) {
    for (size_t i = 0; i < MySqlBudget::kAnHour; ++i) {
      ASSERT_TRUE(budget.Take(BudgetAt(static_cast<int64_t>(i))));
    }
  }

  TemporaryDirectory directory_;
};

TEST_F(MySqlBudgetTest, FewerThanTwentyAnHour) {
  static_assert(MySqlBudget::kAnHour < 20);
  MySqlBudget budget(directory_.path, "10.0.2.10");
  TakeAll(budget);
  EXPECT_FALSE(budget.Take(BudgetAt(100)));
  EXPECT_EQ(budget.NextFree(BudgetAt(100)), BudgetAt(3600));
  EXPECT_FALSE(budget.Take(BudgetAt(3599)));
  EXPECT_TRUE(budget.Take(BudgetAt(3600)));
}

TEST_F(MySqlBudgetTest, AllChecksOfOneServerShareIt) {
  MySqlBudget one(directory_.path, "10.0.2.10");
  MySqlBudget two(directory_.path, "10.0.2.10");
  TakeAll(one);
  EXPECT_FALSE(two.Take(BudgetAt(100)));
}

TEST_F(MySqlBudgetTest, ItOutlivesTheAgent) {
  TakeAll(*std::make_unique<MySqlBudget>(directory_.path, "10.0.2.10"));
  EXPECT_FALSE(MySqlBudget(directory_.path, "10.0.2.10").Take(BudgetAt(100)));
}

TEST_F(MySqlBudgetTest, AnotherServerHasItsOwn) {
  MySqlBudget one(directory_.path, "10.0.2.10");
  TakeAll(one);
  EXPECT_TRUE(MySqlBudget(directory_.path, "10.0.2.11").Take(BudgetAt(100)));
}

TEST_F(MySqlBudgetTest, AGoodLoginCostsNothing) {
  MySqlBudget budget(directory_.path, "10.0.2.10");
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(budget.Take(BudgetAt(i)));
    budget.GiveBack(BudgetAt(i));
  }
}

TEST_F(MySqlBudgetTest, WithoutItsFileItStillCounts) {
  MySqlBudget budget(directory_ / "missing", "10.0.2.10");
  TakeAll(budget);
  EXPECT_FALSE(budget.Take(BudgetAt(100)));
}

TEST_F(MySqlBudgetTest, AClockThatStepsBackDoesNotHoldItForLong) {
  MySqlBudget budget(directory_.path, "10.0.2.10");
  TakeAll(budget);
  EXPECT_TRUE(budget.Take(BudgetAt(-86400)));
}

TEST_F(MySqlBudgetTest, GarbageInTheFileIsIgnored) {
  MySqlBudget(directory_.path, "10.0.2.10").Take(BudgetAt(0));
  for (const auto& file : std::filesystem::directory_iterator(directory_.path)) {
    WriteFile(file.path(), "garbage\n99999999999999999999999\n-1\n");
  }
  MySqlBudget budget(directory_.path, "10.0.2.10");
  TakeAll(budget);
}

}  // namespace
}  // namespace faultline::checks
