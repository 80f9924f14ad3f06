// The reader of rulesets, and what hostile text does to it: nothing.
#include "agent/checks/firewall_ruleset.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/agent/checks/firewall_testing.h"

namespace faultline::checks {
namespace {

TEST(FirewallRuleset, ReadsTablesChainsRulesAndSets) {
  const std::string text =
      "# Warning: table ip filter is managed by iptables-nft, do not touch!\n"
      "table ip filter { # handle 5\n"
      "\tset ports { # handle 3\n\t\ttype inet_service\n\t\telements = { 22, 3306,\n\t\t\t4000 "
      "}\n\t}\n\n"
      "\tchain INPUT { # handle 1\n"
      "\t\ttype filter hook input priority -10; policy drop;\n"
      "\t\ttcp dport @ports counter packets 3 bytes 180 drop # handle 7\n"
      "\t}\n}\n";
  FirewallRuleset ruleset;
  ASSERT_TRUE(ParseRuleset(text, &ruleset).ok());
  ASSERT_EQ(ruleset.tables.size(), 1u);
  const FirewallTable& table = ruleset.tables[0];
  EXPECT_EQ(table.handle, 5u);
  EXPECT_EQ(table.sets.at("ports").size(), 3u);
  const FirewallChain& chain = table.chains.at("INPUT");
  EXPECT_EQ(chain.hook, "input");
  EXPECT_EQ(chain.priority, -10);
  EXPECT_TRUE(chain.drops_by_policy);
  ASSERT_EQ(chain.rules.size(), 1u);
  EXPECT_EQ(chain.rules[0].handle, 7u);
  EXPECT_EQ(chain.rules[0].text, "tcp dport @ports counter packets 3 bytes 180 drop");
}

TEST(FirewallRuleset, BracesAndHandlesInsideQuotesAreText) {
  const std::string text = InputChain({"counter packets 0 bytes 0 log prefix \"} drop # handle 9\"",
                                       "tcp dport 3306 counter packets 0 bytes 0 drop"});
  FirewallRuleset ruleset;
  ASSERT_TRUE(ParseRuleset(text, &ruleset).ok());
  ASSERT_EQ(ruleset.tables[0].chains.at("INPUT").rules.size(), 2u);
  EXPECT_EQ(ruleset.tables[0].chains.at("INPUT").rules[0].handle, 2u);
}

TEST(FirewallRuleset, ARuleMayGoOverSeveralLines) {
  const std::string text = InputChain({"tcp dport { 22,\n\t\t\t3306 } drop", "drop"});
  FirewallRuleset ruleset;
  ASSERT_TRUE(ParseRuleset(text, &ruleset).ok());
  ASSERT_EQ(ruleset.tables[0].chains.at("INPUT").rules.size(), 2u);
  EXPECT_EQ(JudgeText({.nft = text}, "3306")->reason, "DROP_RULE");
}

TEST(FirewallRuleset, AnEmptyRulesetIsOne) {
  FirewallRuleset ruleset;
  EXPECT_TRUE(ParseRuleset("", &ruleset).ok());
  EXPECT_TRUE(ParseRuleset("\n\n", &ruleset).ok());
  EXPECT_TRUE(ruleset.tables.empty());
}

TEST(FirewallRuleset, TextThatEndsInTheMiddleIsAnErrorAndNeverARuleset) {
  const std::string whole = InputChain({"tcp dport { 22, 3306 } drop", "accept"});
  for (size_t length = 1; length + 2 < whole.size(); ++length) {
    FirewallRuleset ruleset;
    const std::string cut = whole.substr(0, length);
    EXPECT_FALSE(ParseRuleset(cut, &ruleset).ok()) << cut;
  }
}

TEST(FirewallRuleset, OtherProgramsOutputIsAnErrorThatNamesTheLine) {
  FirewallRuleset ruleset;
  const absl::Status status =
      ParseRuleset("table ip a {\n}\nError: cache initialization failed\n", &ruleset);
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_NE(std::string(status.message()).find("line 3"), std::string::npos) << status;
}

TEST(FirewallRuleset, MegabytesOfBracesEndInAnError) {
  for (const char* piece :
       {"{", "}", "table ip x {\n", "\"", "chain x {\n", "#", "table ip x { }\n"}) {
    std::string text;
    while (text.size() < (1 << 20)) text += piece;
    FirewallRuleset ruleset;
    // It returns; what it says of such text does not matter as long as it is bounded.
    const absl::Status status = ParseRuleset(text, &ruleset);
    if (status.ok()) {
      EXPECT_EQ(ruleset.rules, 0u) << piece;
    } else {
      EXPECT_LT(status.message().size(), 200u) << piece;
    }
  }
}

TEST(FirewallRuleset, MoreRulesThanTheBoundAreRefused) {
  std::string text = "table ip filter { # handle 1\nchain INPUT { # handle 1\n";
  for (int i = 0; i < 200'001; ++i) text += "drop # handle 2\n";
  text += "}\n}\n";
  FirewallRuleset ruleset;
  EXPECT_TRUE(absl::IsResourceExhausted(ParseRuleset(text, &ruleset)));
}

TEST(FirewallRuleset, EndlessJumpsEndInUnknown) {
  // The kernel refuses loops; text need not come from the kernel.
  std::string text =
      "table ip filter {\nchain INPUT {\ntype filter hook input priority 0; policy accept;\n"
      "jump a # handle 1\n}\nchain a {\njump b # handle 2\n}\nchain b {\njump a # handle 3\n}\n}\n";
  const auto seen = JudgeText({.nft = text}, "3306");
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ(seen->state, State::kUnknown);
  EXPECT_EQ(seen->reason, "UNDECIDED_RULE");
}

TEST(FirewallRuleset, ChainsThatMultiplyTheirJumpsAreCutOff) {
  std::string text =
      "table ip filter {\nchain INPUT {\ntype filter hook input priority 0; policy accept;\n"
      "jump c0 # handle 1\n}\n";
  for (int i = 0; i < 14; ++i) {
    text += "chain c" + std::to_string(i) + " {\n";
    for (int k = 0; k < 8; ++k) text += "jump c" + std::to_string(i + 1) + " # handle 2\n";
    text += "}\n";
  }
  text += "chain c14 {\ncounter # handle 3\n}\n}\n";
  const auto seen = JudgeText({.nft = text}, "3306");
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ(seen->reason, "UNDECIDED_RULE");
}

TEST(FirewallRuleset, AHandleWithoutARuleHasNoWords) {
  // Found by fuzzing: the rule's text reached beyond the ruleset.
  FirewallRuleset ruleset;
  ASSERT_TRUE(
      ParseRuleset("table ip t { # handle 1\n\tchain c { # handle 2\n\t\t# handle 3\n\t}\n}\n",
                   &ruleset)
          .ok());
  ASSERT_EQ(ruleset.tables.size(), 1u);
  ASSERT_EQ(ruleset.tables[0].chains.size(), 1u);
  const FirewallChain& chain = ruleset.tables[0].chains.at("c");
  ASSERT_EQ(chain.rules.size(), 1u);
  EXPECT_TRUE(chain.rules[0].words.empty());
}

}  // namespace
}  // namespace faultline::checks
