// Recorded rulesets against what they mean: tests/agent/checks/data/firewall/expected.txt.
#include "agent/checks/firewall_survey.h"

#include <gtest/gtest.h>

#include <fstream>
#include <ostream>
#include <sstream>
#include <string>

#include "tests/agent/checks/firewall_testing.h"

namespace faultline::checks {
namespace {

std::string DataFile(const std::string& name) {
  return std::string(FAULTLINE_SOURCE_DIR) + "/tests/agent/checks/data/firewall/" + name;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(FirewallSurvey, EveryRecordedRulesetMeansWhatTheTableSays) {
  std::ifstream table(DataFile("expected.txt"));
  std::string line;
  int lines = 0;
  while (std::getline(table, line)) {
    if (line.empty() || line[0] == '#') continue;
    ++lines;
    std::istringstream fields(line);
    std::string file;
    std::string target;
    std::string clients;
    std::string state;
    std::string reason;
    std::string detail;
    fields >> file >> target >> clients >> state >> reason;
    std::getline(fields >> std::ws, detail);
    const std::string text = ReadFile(DataFile(file + ".nft"));
    ASSERT_FALSE(text.empty()) << file;
    const auto seen =
        JudgeText({.nft = text}, target,
                  clients == "-" ? std::vector<std::string>{} : std::vector<std::string>{clients});
    ASSERT_TRUE(seen.ok()) << line << "\n" << seen.status();
    EXPECT_EQ(StateName(seen->state), state) << line << "\n" << seen->detail;
    EXPECT_EQ(seen->reason, reason == "-" ? "" : reason) << line << "\n" << seen->detail;
    EXPECT_NE(seen->detail.find(detail), std::string::npos) << line << "\n" << seen->detail;
  }
  EXPECT_GT(lines, 80);
}

TEST(FirewallSurvey, TheRemedyGoesByTheRulesHandleWhoeverMadeIt) {
  for (const auto& [file, chain] :
       {std::pair{"runbook_drop.nft", "ip filter INPUT"}, {"nft_sets.nft", "inet filter input"}}) {
    const auto seen = JudgeText({.nft = ReadFile(DataFile(file))}, "3306");
    ASSERT_TRUE(seen.ok() && !seen->evidence.empty());
    EXPECT_EQ(seen->evidence[0].text.find(std::string("to remove it: sudo nft delete rule ") +
                                          chain + " handle "),
              0u)
        << seen->evidence[0].text;
  }
}

TEST(FirewallSurvey, TheRemedyOfAPolicyLetsThePortThrough) {
  const auto seen = JudgeText({.nft = ReadFile(DataFile("policy_drop.nft"))}, "3306");
  ASSERT_TRUE(seen.ok() && !seen->evidence.empty());
  EXPECT_EQ(seen->evidence[0].text,
            "to let it through: sudo iptables -I INPUT -p tcp --dport 3306 -j ACCEPT");
}

TEST(FirewallSurvey, RulesOfSeveralPacketsAreFoundOnce) {
  const auto survey = SurveyFirewall({.nft = ReadFile(DataFile("runbook_drop.nft"))},
                                     Ask("3306", {"10.0.1.5", "10.0.1.6", "10.0.3.0/24"}));
  ASSERT_TRUE(survey.ok());
  EXPECT_EQ(survey->findings.size(), 1u);
  EXPECT_EQ(survey->rules, 1u);
}

TEST(FirewallSurvey, ATargetIsAPortOrANumericAddressWithOne) {
  EXPECT_EQ(ParseFirewallTarget("3306")->port, 3306);
  EXPECT_FALSE(ParseFirewallTarget("3306")->remote.has_value());
  EXPECT_EQ(ParseFirewallTarget("10.0.2.10:3306")->remote->ToString(), "10.0.2.10");
  EXPECT_EQ(ParseFirewallTarget("[2001:db8::1]:80")->remote->ToString(), "2001:db8::1");
  for (const char* text :
       {"", "0", "65536", "-1", "db:3306", "10.0.2.10", "10.0.2.10:0", "3306 "}) {
    EXPECT_FALSE(ParseFirewallTarget(text).ok()) << text;
  }
}

}  // namespace
}  // namespace faultline::checks
