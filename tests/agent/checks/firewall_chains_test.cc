// Several base chains at one hook: an accept ends its own chain only, a drop is final.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/agent/checks/firewall_testing.h"

namespace faultline::checks {
namespace {

constexpr char kAdmitsOne[] = "ip saddr 10.77.0.10 tcp dport { 3306, 7443, 7444 } accept";

// A chain of its own table at the input hook.
std::string Table(const std::string& name, const std::vector<std::string>& rules,
                  const std::string& policy, int priority = 0) {
  std::string text = "table inet " + name + " { # handle 1\n\tchain input { # handle 1\n" +
                     "\t\ttype filter hook input priority " + std::to_string(priority) +
                     "; policy " + policy + ";\n";
  int handle = 2;
  for (const std::string& rule : rules) {
    text += "\t\t" + rule + " # handle " + std::to_string(handle++) + "\n";
  }
  return text + "\t}\n}\n";
}

// What /etc/nftables.conf of a careful host says: one source, nobody else.
std::string AllowList(const std::string& rule = kAdmitsOne) {
  return Table("filter", {"iif \"lo\" accept", "ct state established,related accept", rule},
               "drop");
}

Observation Judge(const std::string& nft, const std::vector<std::string>& clients = {}) {
  const auto seen = JudgeText({.nft = nft}, "3306", clients);
  EXPECT_TRUE(seen.ok()) << seen.status() << "\n" << nft;
  return seen.value_or(Observation{});
}

bool ClearsAll(const Observation& seen) {
  return seen.detail.find("nothing in the packet filter stops clients") != std::string::npos;
}

TEST(FirewallChains, ADropBehindAnAllowListIsNamedInWhateverChainItIs) {
  for (const std::string& second : {InputChain({"tcp dport 3306 counter packets 0 bytes 0 drop"}),
                                    Table("other", {"tcp dport 3306 drop"}, "accept"),
                                    Table("other", {"tcp dport 3306 drop"}, "accept", 10),
                                    Table("other", {"tcp dport 3306 drop"}, "accept", -10)}) {
    for (const std::string& nft : {AllowList() + second, second + AllowList()}) {
      for (const std::vector<std::string>& clients : {std::vector<std::string>{}, {"10.77.0.10"}}) {
        const Observation seen = Judge(nft, clients);
        EXPECT_EQ(seen.state, State::kCritical) << seen.detail << "\n" << nft;
        EXPECT_EQ(seen.reason, "DROP_RULE") << seen.detail;
        EXPECT_NE(seen.detail.find("rule 1"), std::string::npos) << seen.detail;
      }
    }
  }
}

TEST(FirewallChains, ARejectBehindAnAllowListIsNamed) {
  const Observation seen = Judge(AllowList() + Table("other", {"tcp dport 3306 reject"}, "accept"));
  EXPECT_EQ(seen.reason, "REJECT_RULE") << seen.detail;
}

TEST(FirewallChains, APolicyBehindAnAllowListIsNamed) {
  const Observation seen = Judge(AllowList() + Table("other", {"tcp dport 22 accept"}, "drop"));
  EXPECT_EQ(seen.state, State::kCritical) << seen.detail;
  EXPECT_NE(seen.detail.find("inet other input's policy"), std::string::npos) << seen.detail;
}

TEST(FirewallChains, AnAllowListIsNeverAClearanceForClientsWhoAreNotKnown) {
  const Observation seen = Judge(AllowList());
  EXPECT_EQ(seen.state, State::kOk);
  EXPECT_EQ(
      seen.detail,
      "the packet filter opens port 3306 to 10.77.0.10 only: inet filter input's policy drops "
      "all others; whether your clients may come is not known: write clients: with their "
      "addresses in this check");
  EXPECT_TRUE(ClearsAll(Judge(AllowList(), {"10.77.0.10"})));
  EXPECT_EQ(Judge(AllowList("ip saddr 10.77.0.99 tcp dport 3306 accept"), {"10.77.0.10"}).state,
            State::kCritical);
}

TEST(FirewallChains, WhateverFormAnAllowListHasItClearsNobodyUnknown) {
  const std::vector<std::string> all = {
      AllowList("ip saddr { 10.77.0.10, 10.77.0.11 } tcp dport 3306 accept"),
      AllowList("ip saddr . tcp dport { 10.77.0.10 . 3306 } accept"),
      AllowList("ip saddr vmap { 10.77.0.10 : accept }"),
      Table("filter", {kAdmitsOne, "tcp dport 3306 drop"}, "accept"),
      Table("filter", {"ip saddr != 10.77.0.10 tcp dport 3306 drop"}, "accept"),
      Table("filter", {"ip saddr { 10.77.0.66 } tcp dport 3306 reject"}, "accept"),
  };
  for (const std::string& nft : all) {
    const Observation seen = Judge(nft);
    EXPECT_FALSE(ClearsAll(seen)) << seen.detail << "\n" << nft;
    EXPECT_TRUE(seen.state != State::kOk || seen.detail.find("clients:") != std::string::npos)
        << seen.detail << "\n"
        << nft;
  }
}

TEST(FirewallChains, ThoseWhomOneChainAdmitsAreHeldAgainstTheNext) {
  const std::string next = Table("other", {"ip saddr 10.77.0.0/24 tcp dport 3306 drop"}, "accept");
  EXPECT_EQ(Judge(AllowList() + next).state, State::kCritical) << "the only one who may come";
  const std::string elsewhere =
      Table("other", {"ip saddr 10.78.0.0/16 tcp dport 3306 drop"}, "accept");
  EXPECT_EQ(Judge(AllowList() + elsewhere).state, State::kOk) << "they do not come so far";
  const std::string disjoint = Table("other", {"ip saddr 10.77.0.11 accept"}, "drop");
  EXPECT_EQ(Judge(AllowList() + disjoint).state, State::kCritical) << "together they admit nobody";
  const std::string same = Table("other", {kAdmitsOne}, "drop");
  EXPECT_EQ(Judge(AllowList() + same).state, State::kOk);
}

TEST(FirewallChains, WhoReturnsFromAChainIsJudgedByWhatFollows) {
  const auto nft = [](const std::string& rest, const std::string& last) {
    return "table inet f { # handle 1\n\tchain db { # handle 1\n"
           "\t\tip saddr 10.77.0.10 return # handle 3\n\t\t" +
           last + " # handle 4\n\t}\n\tchain input { # handle 2\n" +
           "\t\ttype filter hook input priority 0; policy accept;\n" +
           "\t\ttcp dport 3306 jump db # handle 5\n" + rest + "\t}\n}\n";
  };
  const std::string drop = "\t\ttcp dport 3306 drop # handle 6\n";
  const std::string later = Table("other", {"tcp dport 3306 drop"}, "accept");
  EXPECT_EQ(Judge(nft(drop, "drop")).state, State::kCritical);
  EXPECT_EQ(Judge(nft("", "drop") + later).state, State::kCritical);
  EXPECT_FALSE(ClearsAll(Judge(nft("", "drop"))));
  EXPECT_FALSE(ClearsAll(Judge(nft(drop, "accept")))) << "who returned is dropped";
}

}  // namespace
}  // namespace faultline::checks
