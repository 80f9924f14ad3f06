// nftables' state and events of the real kernel, in a network namespace of the test's own.
#include "agent/host/nftables.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>

#include "tests/agent/host/run_until.h"
#include "tests/fakes/net_namespace.h"

namespace faultline::host {
namespace {

class NftablesTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root to make a network namespace";
    namespace_.emplace();
    if (!namespace_->entered()) GTEST_SKIP() << "cannot make a network namespace here";
    if (!fakes::EnteredNetNamespace::Has("nft")) GTEST_SKIP() << "needs nft (scripts/setup test)";
    loop_ = *Loop::Create();
  }

  std::optional<fakes::EnteredNetNamespace> namespace_;
  std::unique_ptr<Loop> loop_;
};

TEST_F(NftablesTest, AnEmptyNamespaceHasNoTables) {
  const auto state = ReadNftablesState();
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_FALSE(state->has_tables);
}

TEST_F(NftablesTest, AChangeGivesTheRulesetAnotherGeneration) {
  const auto before = ReadNftablesState();
  ASSERT_EQ(fakes::EnteredNetNamespace::Run("nft add table ip t"), 0);
  const auto after = ReadNftablesState();
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_TRUE(after->has_tables);
  EXPECT_NE(before->generation, after->generation);
  EXPECT_EQ(after->generation, ReadNftablesState()->generation);
}

TEST_F(NftablesTest, TheWatchTellsOfAChangeAndWhoMadeIt) {
  std::optional<RulesetGeneration> seen;
  const auto watch = WatchNftables(*loop_, [&](const RulesetGeneration& change) { seen = change; });
  ASSERT_TRUE(watch.ok()) << watch.status();
  ASSERT_EQ(fakes::EnteredNetNamespace::Run("nft add table ip t"), 0);
  ASSERT_TRUE(RunUntil(*loop_, [&] { return seen.has_value(); }));
  EXPECT_EQ(seen->process, "nft");
  EXPECT_GT(seen->pid, 0u);
  EXPECT_EQ(seen->id, ReadNftablesState()->generation);
}

}  // namespace
}  // namespace faultline::host
