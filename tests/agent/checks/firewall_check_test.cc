// The firewall check on real rules, typed as people type them.
#include "tests/agent/checks/firewall_check_testing.h"

namespace faultline::checks {
namespace {

struct Typed {
  const char* name;
  const char* line;
  const char* target;
  State state;
  const char* reason;
  const char* detail;  // part of it
};

constexpr Typed kLines[] = {
    {"TheRunbooksDrop", "iptables -A INPUT -p tcp --dport 3306 -j DROP", "3306", State::kCritical,
     "DROP_RULE", "INPUT rule 1 \"-p tcp --dport 3306 -j DROP\", added "},
    {"AnInsertedDrop", "iptables -I INPUT -p tcp --dport 3306 -j DROP", "3306", State::kCritical,
     "DROP_RULE", "INPUT rule 1 \"-p tcp --dport 3306 -j DROP\", added "},
    {"AReject", "iptables -A INPUT -p tcp --dport 3306 -j REJECT", "3306", State::kCritical,
     "REJECT_RULE", "\"-p tcp --dport 3306 -j REJECT\""},
    {"ARejectByReset", "iptables -A INPUT -p tcp --dport 3306 -j REJECT --reject-with tcp-reset",
     "3306", State::kCritical, "REJECT_RULE", "--reject-with tcp-reset"},
    // nft 1.0 does not show the comment, and `iptables -D` wants it.
    {"AComment",
     "iptables -A INPUT -p tcp --dport 3306 -m comment --comment 'ansible: no db' -j DROP", "3306",
     State::kCritical, "DROP_RULE", "INPUT rule 1 \"-p tcp --dport 3306 -j DROP\""},
    {"ANativeComment",
     "nft 'table inet f { chain in { type filter hook input priority 0; tcp dport 3306 drop "
     "comment \"puppet 001\"; }; }'",
     "3306", State::kCritical, "DROP_RULE", "inet f in rule 1"},
    {"Multiport", "iptables -A INPUT -p tcp -m multiport --dports 22,3306 -j DROP", "3306",
     State::kCritical, "DROP_RULE", "-m multiport --dports 22,3306"},
    {"Conntrack", "iptables -A INPUT -p tcp --dport 3306 -m conntrack --ctstate NEW -j DROP",
     "3306", State::kCritical, "DROP_RULE", "--ctstate NEW"},
    {"ASourceWhoIsNoClient", "iptables -A INPUT -s 10.0.1.5 -p tcp --dport 3306 -j DROP", "3306",
     State::kWarning, "DROP_RULE", "only for some sources"},
    {"Statistic",
     "iptables -A INPUT -p tcp --dport 3306 -m statistic --mode random --probability 0.5 -j DROP",
     "3306", State::kWarning, "PARTIAL_DROP", "by chance"},
    {"AMatchWithoutWords",
     "iptables -A INPUT -p tcp --dport 3306 -m string --string x --algo bm -j DROP", "3306",
     State::kUnknown, "UNDECIDED_RULE", "xt match string"},
    {"ThePolicy", "iptables -P INPUT DROP", "3306", State::kCritical, "POLICY_DROP",
     "INPUT's policy is DROP and no rule accepts port 3306, set "},
    {"AnswersThatAreStopped", "iptables -A OUTPUT -p tcp --sport 3306 -j DROP", "3306",
     State::kCritical, "DROP_RULE", "(stops the answers)"},
    {"TheWayOut", "iptables -A OUTPUT -p tcp -d 10.0.2.20 --dport 3306 -j DROP", "10.0.2.20:3306",
     State::kCritical, "DROP_RULE", "OUTPUT rule 1 \"-d 10.0.2.20 -p tcp --dport 3306 -j DROP\""},
    {"ANativeSet",
     "nft 'table inet f { set p { type inet_service; elements = { 22, 3306 }; }; chain in { type "
     "filter hook input priority 0; tcp dport @p drop; }; }'",
     "3306", State::kCritical, "DROP_RULE", "inet f in rule 1 \"tcp dport @p drop\""},
    {"ANativeRange",
     "nft 'table inet f { chain in { type filter hook input priority 0; tcp dport 3300-3310 "
     "reject; "
     "}; }'",
     "3306", State::kCritical, "REJECT_RULE", "inet f in rule 1"},
    {"ANativePolicy",
     "nft 'table inet f { chain in { type filter hook input priority 0; policy drop; tcp dport 22 "
     "accept; }; }'",
     "3306", State::kCritical, "POLICY_DROP", "inet f in's policy"},
    {"AJump",
     "nft 'table inet f { chain db { drop; }; chain in { type filter hook input priority 0; tcp "
     "dport 3306 jump db; }; }'",
     "3306", State::kCritical, "DROP_RULE", "inet f db rule 1"},
};

// For failure messages.
std::ostream& operator<<(std::ostream& out, const Typed& typed) { return out << typed.line; }

class TypedLine : public FirewallCheckTest, public testing::WithParamInterface<Typed> {};

TEST_P(TypedLine, IsSeenAndItsRemedyMendsIt) {
  const Typed& typed = GetParam();
  ASSERT_NO_FATAL_FAILURE(Watch(typed.target));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  ASSERT_TRUE(TypeUntilSaw(typed.line, typed.state, typed.reason)) << Last();
  EXPECT_NE(sink_.seen.back().detail.find(typed.detail), std::string::npos) << Last();
  EXPECT_TRUE(TypeUntilSaw(Remedy(), State::kOk, "")) << Last();
}

INSTANTIATE_TEST_SUITE_P(Real, TypedLine, testing::ValuesIn(kLines),
                         [](const auto& info) { return info.param.name; });

class FirewallCheck : public FirewallCheckTest {};

TEST_F(FirewallCheck, AFlushIsOkAtOnce) {
  ASSERT_EQ(Host::Run("iptables -A INPUT -p tcp --dport 3306 -j DROP"), 0);
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "DROP_RULE")) << Last();
  // It was there before us: nobody knows since when.
  EXPECT_EQ(sink_.seen.back().detail.find("added"), std::string::npos) << Last();
  EXPECT_TRUE(TypeUntilSaw("iptables -F", State::kOk, "")) << Last();
}

TEST_F(FirewallCheck, ANewRuleIsDatedAndItsAuthorNamed) {
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  const WallTime before = clock_.Now();
  ASSERT_TRUE(
      TypeUntilSaw("iptables -A INPUT -p tcp --dport 3306 -j DROP", State::kCritical, "DROP_RULE"))
      << Last();
  const Observation& seen = sink_.seen.back();
  EXPECT_GE(seen.since, before);
  EXPECT_LE(seen.since, seen.observed);
  ASSERT_GE(seen.evidence.size(), 2u);
  EXPECT_NE(seen.evidence[1].text.find("changed by iptables (pid "), std::string::npos)
      << seen.evidence[1].text;
}

TEST_F(FirewallCheck, AnAcceptBeforeTheDropIsNoOutage) {
  ASSERT_EQ(Host::Run("iptables -A INPUT -p tcp --dport 3306 -j ACCEPT"), 0);
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  const size_t before = sink_.seen.size();
  ASSERT_EQ(Host::Run("iptables -A INPUT -p tcp --dport 3306 -j DROP"), 0);
  ASSERT_TRUE(Until([&] { return sink_.seen.size() > before; }));
  EXPECT_TRUE(sink_.Saw(State::kOk, "")) << Last();
}

// /etc/nftables.conf of a careful host, and somebody who types into another table.
TEST_F(FirewallCheck, ADropBesideAnAllowListOfAnotherTableIsSeen) {
  ASSERT_EQ(Host::Run("nft 'table inet filter { chain input { type filter hook input priority 0; "
                      "policy drop; iif lo accept; ct state established,related accept; ip saddr "
                      "10.77.0.10 tcp dport { 3306, 7443, 7444 } accept; }; }'"),
            0);
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("to 10.77.0.10 only"), std::string::npos) << Last();
  EXPECT_TRUE(
      TypeUntilSaw("iptables -I INPUT -p tcp --dport 3306 -j DROP", State::kCritical, "DROP_RULE"))
      << Last();
  EXPECT_TRUE(TypeUntilSaw(Remedy(), State::kOk, "")) << Last();
}

TEST_F(FirewallCheck, AnAcceptOfLoopbackIsNoAcceptForOthers) {
  ASSERT_EQ(Host::Run("iptables -A INPUT -i lo -j ACCEPT"), 0);
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  EXPECT_TRUE(
      TypeUntilSaw("iptables -A INPUT -p tcp --dport 3306 -j DROP", State::kCritical, "DROP_RULE"))
      << Last();
  EXPECT_NE(sink_.seen.back().detail.find("INPUT rule 2"), std::string::npos) << Last();
}

TEST_F(FirewallCheck, AConfiguredClientThatIsStoppedIsCritical) {
  ASSERT_NO_FATAL_FAILURE(Watch("3306", {"10.0.1.5"}));
  EXPECT_TRUE(TypeUntilSaw("iptables -A INPUT -s 10.0.1.0/24 -p tcp --dport 3306 -j DROP",
                           State::kCritical, "DROP_RULE"))
      << Last();
}

TEST_F(FirewallCheck, ARuleForIpv6OnlyMattersWhereIpv6IsUsed) {
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  const size_t before = sink_.seen.size();
  ASSERT_EQ(Host::Run("ip6tables -A INPUT -p tcp --dport 3306 -j DROP"), 0);
  ASSERT_TRUE(Until([&] { return sink_.seen.size() > before; }));
  EXPECT_TRUE(sink_.Saw(State::kOk, "")) << Last();
  ASSERT_EQ(Host::Run("ip addr add 2001:db8::10/64 dev eth0 nodad"), 0);
  ASSERT_TRUE(UntilSaw(State::kWarning, "DROP_RULE")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("IPv6 only"), std::string::npos) << Last();
}

TEST_F(FirewallCheck, ARateIsPartialWhileItsCounterMoves) {
  ASSERT_EQ(Host::Run("iptables -A INPUT -p tcp --dport 3306 -m hashlimit --hashlimit-above 1/hour "
                      "--hashlimit-burst 1 --hashlimit-name h -j DROP"),
            0);
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  Knock(3306);
  Knock(3306);
  EXPECT_TRUE(UntilSaw(State::kWarning, "PARTIAL_DROP")) << Last();
}

TEST_F(FirewallCheck, ARuleThatIsNotUnderstoodIsBlamedWhenItsCounterMoves) {
  ASSERT_EQ(Host::Run("iptables -A INPUT -p tcp --dport 3306 -m u32 --u32 '0>>28=4' -j DROP"), 0);
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  ASSERT_TRUE(UntilSaw(State::kUnknown, "UNDECIDED_RULE")) << Last();
  ASSERT_TRUE(Until([&] { return sink_.seen.size() >= 2; }));
  Knock(3306);
  EXPECT_TRUE(UntilSaw(State::kCritical, "DROP_RULE")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("its counter moves"), std::string::npos) << Last();
}

TEST_F(FirewallCheck, TheCountOfTheBlamedRuleIsAGauge) {
  ASSERT_EQ(Host::Run("iptables -A INPUT -p tcp --dport 3306 -j DROP"), 0);
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  Knock(3306);
  const auto counted = [&] {
    for (const GaugeValue& gauge : sink_.seen.back().gauges) {
      if (gauge.name == "firewall_dropped_packets" && gauge.value >= 1) return true;
    }
    return false;
  };
  EXPECT_TRUE(Until(counted)) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("dropped"), std::string::npos) << Last();
}

}  // namespace
}  // namespace faultline::checks
