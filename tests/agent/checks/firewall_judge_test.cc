// What several readings of a ruleset lead to: dates, counters, doubts.
#include "agent/checks/firewall_judge.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/agent/checks/firewall_testing.h"

namespace faultline::checks {
namespace {

constexpr WallTime kChanged{1'795'576'811'000'000'000};  // 2026-11-25 03:20:11 UTC

// Reads rulesets one after the other, as the check does.
class FirewallJudge : public testing::Test {
 protected:
  FirewallJudge() { around_.now = kChanged + Span::Seconds(60); }

  void Read(const std::vector<std::string>& rules, Span later = Span::Seconds(2),
            WallTime changed = {}) {
    now_ = now_ + later;
    const auto survey = SurveyFirewall({.nft = InputChain(rules, policy_)}, Ask("3306"));
    ASSERT_TRUE(survey.ok()) << survey.status();
    history_.Add(*survey, changed, now_);
    const FirewallJudgement judgement = JudgeFirewall(*survey, history_, around_, now_);
    seen_ = judgement.observation;
    suspicious_ = judgement.suspicious;
  }
  static std::string Drop(int packets, const std::string& match = "") {
    return "tcp dport 3306 " + match + "counter packets " + std::to_string(packets) +
           " bytes 0 drop";
  }

  std::string policy_ = "accept";
  FirewallSurroundings around_ = Around("3306");
  FirewallHistory history_;
  MonoTime now_{1};
  Observation seen_;
  bool suspicious_ = false;
};

TEST_F(FirewallJudge, ARuleThatAppearedIsDatedAndItsPacketsAreCounted) {
  around_.changed_by = "iptables (pid 4711)";
  Read({});
  EXPECT_EQ(seen_.state, State::kOk);
  Read({Drop(3)}, Span::Seconds(2), kChanged);
  EXPECT_EQ(seen_.detail,
            "INPUT rule 1 \"-p tcp --dport 3306 -j DROP\", added 03:20:11 UTC, 3 packets dropped");
  EXPECT_EQ(seen_.since, kChanged);
  ASSERT_EQ(seen_.evidence.size(), 2u);
  EXPECT_EQ(seen_.evidence[1].text, "the ruleset was last changed by iptables (pid 4711)");
  EXPECT_TRUE(suspicious_);
}

TEST_F(FirewallJudge, ARuleOfAnotherDayIsNamedWithItsDate) {
  around_.now = kChanged + Span::Seconds(86'400);
  Read({});
  Read({Drop(3)}, Span::Seconds(2), kChanged);
  EXPECT_NE(seen_.detail.find("added 2026-11-25 03:20:11 UTC"), std::string::npos) << seen_.detail;
}

TEST_F(FirewallJudge, ARuleKeepsItsDateWhenOthersComeLater) {
  Read({});
  Read({Drop(0)}, Span::Seconds(2), kChanged);
  Read({Drop(0), "tcp dport 22 drop"}, Span::Seconds(2), kChanged + Span::Seconds(60));
  EXPECT_EQ(seen_.since, kChanged);
}

TEST_F(FirewallJudge, ARuleThatWasThereAtTheStartHasNoDate) {
  Read({Drop(1)}, Span::Seconds(2), kChanged);
  EXPECT_EQ(seen_.detail, "INPUT rule 1 \"-p tcp --dport 3306 -j DROP\", 1 packet dropped");
  EXPECT_EQ(seen_.since, WallTime{});
}

TEST_F(FirewallJudge, APolicyThatBeginsToDropIsDated) {
  Read({});
  policy_ = "drop";
  Read({}, Span::Seconds(2), kChanged);
  EXPECT_EQ(seen_.reason, "POLICY_DROP");
  EXPECT_EQ(seen_.detail, "INPUT's policy is DROP and no rule accepts port 3306, set 03:20:11 UTC");
}

TEST_F(FirewallJudge, AMatchThatIsNotUnderstoodConvictsOnlyByItsCounter) {
  Read({Drop(5, "xt match u32 ")});
  EXPECT_EQ(seen_.reason, "UNDECIDED_RULE");
  EXPECT_NE(seen_.detail.find("xt match u32"), std::string::npos) << seen_.detail;
  Read({Drop(5, "xt match u32 ")});
  EXPECT_EQ(seen_.reason, "UNDECIDED_RULE");
  Read({Drop(6, "xt match u32 ")});
  EXPECT_EQ(seen_.state, State::kCritical);
  EXPECT_EQ(seen_.reason, "DROP_RULE");
}

TEST_F(FirewallJudge, ARuleForAllTrafficThatIsNotUnderstoodIsUnknownOnlyWhileItDrops) {
  const auto rule = [](int packets) {
    return "xt match string counter packets " + std::to_string(packets) + " bytes 0 drop";
  };
  Read({rule(5)});
  EXPECT_EQ(seen_.state, State::kOk);
  ASSERT_FALSE(seen_.evidence.empty());
  Read({rule(9)});
  EXPECT_EQ(seen_.reason, "UNDECIDED_RULE");
  Read({rule(9)}, Span::Seconds(61));
  EXPECT_EQ(seen_.state, State::kOk);
}

TEST_F(FirewallJudge, WithoutACounterWhatIsNotUnderstoodStaysUnknown) {
  for (int i = 0; i < 3; ++i) Read({"meta skuid 7 drop"});
  EXPECT_EQ(seen_.reason, "UNDECIDED_RULE");
}

TEST_F(FirewallJudge, ARateIsPartialOnlyWhileItsCounterMoves) {
  Read({Drop(5, "xt match hashlimit ")});
  EXPECT_EQ(seen_.state, State::kOk);
  EXPECT_TRUE(suspicious_);
  Read({Drop(7, "xt match hashlimit ")});
  EXPECT_EQ(seen_.reason, "PARTIAL_DROP");
  Read({Drop(7, "xt match hashlimit ")}, Span::Seconds(59));
  EXPECT_EQ(seen_.reason, "PARTIAL_DROP");
  Read({Drop(7, "xt match hashlimit ")}, Span::Seconds(2));
  EXPECT_EQ(seen_.state, State::kOk);
}

TEST_F(FirewallJudge, AnAcceptUpToARateMakesTheDropBehindItPartial) {
  const std::string accept = "tcp dport 3306 limit rate 5/minute counter packets 0 bytes 0 accept";
  Read({accept, Drop(0)});
  EXPECT_EQ(seen_.state, State::kOk);
  Read({accept, Drop(4)});
  EXPECT_EQ(seen_.reason, "PARTIAL_DROP");
}

TEST_F(FirewallJudge, ACounterThatIsSetBackDoesNotMove) {
  Read({Drop(5, "xt match hashlimit ")});
  Read({Drop(0, "xt match hashlimit ")});
  EXPECT_EQ(seen_.state, State::kOk);
}

TEST_F(FirewallJudge, AnAcceptThatIsNotUnderstoodLeavesTheDropUndecided) {
  Read({"xt match policy counter packets 0 bytes 0 accept", Drop(0)});
  EXPECT_EQ(seen_.reason, "UNDECIDED_RULE");
  EXPECT_NE(seen_.detail.find("unless \"xt match policy"), std::string::npos) << seen_.detail;
}

TEST_F(FirewallJudge, EveryPlaceThatDropsIsInTheEvidence) {
  Read({Drop(0), "tcp dport 3306 numgen random mod 2 < 1 drop"});
  EXPECT_EQ(seen_.state, State::kCritical);
  Read({"tcp dport 3306 numgen random mod 2 < 1 drop", Drop(0)});
  EXPECT_EQ(seen_.reason, "DROP_RULE");
  ASSERT_EQ(seen_.evidence.size(), 2u);
  EXPECT_EQ(seen_.evidence[1].text.find("also: INPUT rule 1"), 0u) << seen_.evidence[1].text;
}

TEST_F(FirewallJudge, TextOfRulesIsCleanedBeforePeopleSeeIt) {
  Read({"tcp dport 3306 drop comment \"\x1b[31m\xff" + std::string(5000, 'x') + "\""});
  EXPECT_EQ(seen_.reason, "DROP_RULE");
  EXPECT_EQ(seen_.detail.find('\x1b'), std::string::npos);
  EXPECT_LT(seen_.detail.size(), 400u);
}

}  // namespace
}  // namespace faultline::checks
