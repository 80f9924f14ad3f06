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

FirewallQuestion AskName(const std::vector<std::string>& addresses) {
  FirewallQuestion question = Ask("db.internal:3306");
  for (const std::string& address : addresses) {
    question.target.remotes.push_back(host::ParseIpAddress(address).value());
  }
  question.own_addresses.push_back(host::ParseIpAddress("2001:db8::20").value());
  return question;
}

Observation JudgeName(const std::string& nft, const std::vector<std::string>& addresses) {
  const FirewallQuestion question = AskName(addresses);
  const auto survey = SurveyFirewall({.nft = nft}, question);
  EXPECT_TRUE(survey.ok()) << survey.status();
  FirewallHistory history;
  history.Add(*survey, WallTime{}, MonoTime{1});
  FirewallSurroundings around = Around("db.internal:3306");
  around.target = question.target;
  return JudgeFirewall(*survey, history, around, MonoTime{1}).observation;
}

std::string OutputChain(const std::string& rules) {
  return "table inet f { # handle 1\n\tchain out { # handle 1\n"
         "\t\ttype filter hook output priority 0; policy accept;\n" +
         rules + "\t}\n}\n";
}

TEST(FirewallSurvey, OfANameEveryAddressIsAskedFor) {
  const std::string one = "\t\tip daddr 10.0.2.11 tcp dport 3306 drop # handle 2\n";
  const std::string other = "\t\tip6 daddr 2001:db8::10 tcp dport 3306 drop # handle 3\n";
  const std::vector<std::string> both = {"10.0.2.11", "2001:db8::10"};
  EXPECT_EQ(JudgeName(OutputChain(one), {"10.0.2.10"}).state, State::kOk);
  EXPECT_EQ(JudgeName(OutputChain(one), {"10.0.2.11"}).state, State::kCritical);
  const Observation some = JudgeName(OutputChain(one), both);
  EXPECT_EQ(some.state, State::kWarning) << "the other one can be reached";
  EXPECT_EQ(some.reason, "DROP_RULE");
  EXPECT_NE(some.detail.find("of db.internal only 10.0.2.11"), std::string::npos) << some.detail;
  EXPECT_EQ(JudgeName(OutputChain(one + other), both).state, State::kCritical)
      << "two rules that together leave no way";
  EXPECT_EQ(JudgeName(OutputChain("\t\ttcp dport 3306 drop # handle 2\n"), both).state,
            State::kCritical);
}

TEST(FirewallSurvey, ATargetIsAPortOrAHostWithOne) {
  EXPECT_EQ(ParseFirewallTarget("3306")->port, 3306);
  EXPECT_FALSE(ParseFirewallTarget("3306")->outgoing());
  EXPECT_EQ(ParseFirewallTarget("10.0.2.10:3306")->remotes.at(0).ToString(), "10.0.2.10");
  EXPECT_EQ(ParseFirewallTarget("[2001:db8::1]:80")->remotes.at(0).ToString(), "2001:db8::1");
  EXPECT_EQ(ParseFirewallTarget("db.internal:3306")->host, "db.internal");
  EXPECT_EQ(ParseFirewallTarget("db.internal:3306")->port, 3306);
  EXPECT_TRUE(ParseFirewallTarget("db.internal:3306")->remotes.empty()) << "not resolved yet";
  for (const char* text :
       {"", "0", "65536", "-1", "db", "d b:3306", "10.0.2.10", "10.0.2.10:0", "3306 "}) {
    EXPECT_FALSE(ParseFirewallTarget(text).ok()) << text;
  }
}

}  // namespace
}  // namespace faultline::checks
