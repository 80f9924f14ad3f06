// Single rules against a client's SYN to port 3306 at 10.0.2.10 on eth0.
#include "agent/checks/firewall_match.h"

#include <gtest/gtest.h>

#include "agent/checks/firewall_flags.h"
#include "tests/agent/checks/firewall_testing.h"

namespace faultline::checks {
namespace {

FirewallPacket Syn() {
  FirewallPacket packet;
  packet.destination = {*ParseAddressRange("10.0.2.10")};
  packet.to_this_host = true;
  packet.source_port = {1024, 65535};
  packet.destination_port = {3306, 3306};
  packet.flags = kTcpSyn;
  packet.interfaces = {"eth0"};
  packet.hook = "input";
  return packet;
}

RuleMatch Match(const std::string& text, const FirewallPacket& packet = Syn()) {
  FirewallRule rule;
  rule.words = SplitWords(text);
  return MatchRule(rule, {}, packet).match;
}

TEST(FirewallMatch, KnowsWhatMatchesForSure) {
  for (const char* text : {"drop",
                           "tcp dport 3306 drop",
                           "tcp dport 3300-3310 drop",
                           "tcp dport { 22, 3306 } drop",
                           "tcp dport >= 3000 drop",
                           "tcp dport != 22 drop",
                           "meta l4proto tcp th dport 3306 drop",
                           "ip protocol tcp drop",
                           "ip protocol { tcp, udp } drop",
                           "meta nfproto ipv4 drop",
                           "iifname \"eth0\" drop",
                           "iifname \"eth*\" drop",
                           "iifname != \"lo\" drop",
                           "ip daddr 10.0.2.10 drop",
                           "ip daddr 10.0.0.0/8 drop",
                           "ip saddr 0.0.0.0/0 drop",
                           "ct state new drop",
                           "ct state invalid,new drop",
                           "ct state { new, untracked } drop",
                           "ct state != established drop",
                           "tcp flags syn / fin,syn,rst,ack drop",
                           "tcp flags & (fin|syn|rst|ack) == syn drop",
                           "tcp flags syn drop",
                           "meta mark 0x00000000 drop",
                           "meta mark & 0x000000ff == 0x00000000 drop",
                           "fib daddr type local drop",
                           "meta pkttype host drop",
                           "ct direction original drop",
                           "tcp sport 1024-65535 drop",
                           "comment \"tcp dport 22\" drop"}) {
    EXPECT_EQ(Match(text).kind, RuleMatch::Kind::kYes) << text;
  }
}

TEST(FirewallMatch, KnowsWhatCannotMatch) {
  for (const char* text : {"tcp dport 22 drop",
                           "tcp dport 3307-4000 drop",
                           "tcp dport != { 22, 3306 } drop",
                           "tcp dport < 1024 drop",
                           "udp dport 3306 drop",
                           "icmp type echo-request drop",
                           "meta l4proto icmp drop",
                           "ip6 saddr ::/0 drop",
                           "ip6 nexthdr tcp drop",
                           "meta nfproto ipv6 drop",
                           "iif \"lo\" drop",
                           "iifname { \"eth1\", \"lo\" } drop",
                           "oifname \"eth0\" drop",
                           "ip daddr 10.0.2.11 drop",
                           "ip saddr 127.0.0.0/8 drop",
                           "ct state established,related drop",
                           "ct state invalid drop",
                           "ct status dnat drop",
                           "tcp flags ack / ack drop",
                           "tcp flags fin,syn / fin,syn drop",
                           "tcp sport 3306 drop",
                           "meta mark 0x00000001 drop",
                           "meta mark & 0x00008000 == 0x00008000 drop",
                           "ip frag-off & 8191 != 0 drop",
                           "fib saddr . iif oif missing drop",
                           "fib daddr type broadcast drop",
                           "meta pkttype multicast drop",
                           "ip saddr . tcp dport { 10.0.1.5 . 22 } drop"}) {
    EXPECT_EQ(Match(text).kind, RuleMatch::Kind::kNo) << text;
  }
}

TEST(FirewallMatch, SaysWhyItIsNotSure) {
  const std::vector<std::pair<const char*, uint32_t>> cases = {
      {"ip saddr 10.0.1.0/24 drop", kSomeSources},
      {"ip saddr != 10.0.1.0/24 drop", kSomeSources},
      {"ether saddr 00:11:22:33:44:55 drop", kSomeSources},
      {"xt match set counter packets 0 bytes 0 drop", kSomeSources},
      {"tcp dport 3306 limit rate over 10/second burst 5 packets drop", kAboveRate},
      {"tcp dport 3306 ct count over 10 drop", kAboveRate},
      {"tcp dport 3306 add @s { ip saddr limit rate over 10/second } drop", kAboveRate},
      {"tcp dport 3306 meter m size 65535 { ip saddr limit rate over 1/second } drop", kAboveRate},
      {"tcp dport 3306 quota over 10 mbytes drop", kAboveRate},
      {"tcp dport 3306 xt match hashlimit drop", kAboveRate},
      {"tcp dport 3306 numgen random mod 100 < 10 drop", kByChance},
      {"tcp dport 3306 meta random & 2147483647 < 1073741824 drop", kByChance},
      {"tcp dport 3306 xt match string drop", kNotUnderstood},
      {"meta hour \"10:00\"-\"11:00\" drop", kNotUnderstood},
      {"meta skuid 0 drop", kNotUnderstood},
      {"@th,16,16 3306 drop", kNotUnderstood},
      {"ct original ip saddr 10.0.0.1 drop", kNotUnderstood},
      {"something quite new drop", kNotUnderstood}};
  for (const auto& [text, doubts] : cases) {
    EXPECT_EQ(Match(text).kind, RuleMatch::Kind::kMaybe) << text;
    EXPECT_EQ(Match(text).doubts, doubts) << text;
  }
}

TEST(FirewallMatch, KnowsWhetherARuleIsAboutThePort) {
  EXPECT_TRUE(Match("tcp dport 3306 drop").names_port);
  EXPECT_TRUE(Match("tcp dport { 22, 3306 } drop").names_port);
  EXPECT_FALSE(Match("tcp dport >= 3000 drop").names_port);
  EXPECT_FALSE(Match("tcp dport != 22 drop").names_port);
  EXPECT_FALSE(Match("drop").names_port);
}

TEST(FirewallMatch, ReadsVerdictsAndCounters) {
  FirewallRule rule;
  rule.words = SplitWords("counter packets 12 bytes 720 reject with icmp admin-prohibited");
  const RuleOutcome outcome = MatchRule(rule, {}, Syn());
  EXPECT_EQ(outcome.packets, 12u);
  ASSERT_EQ(outcome.steps.size(), 1u);
  EXPECT_EQ(outcome.steps[0].verdict.kind, FirewallVerdict::Kind::kReject);
  EXPECT_EQ(outcome.steps[0].verdict.with, "icmp admin-prohibited");
}

TEST(FirewallMatch, CutAndShuffledRulesNeverGoWrong) {
  const FirewallWords words = SplitWords(
      "ip saddr . tcp dport { 10.0.1.5 . 3306 : drop } tcp flags & ( syn | ack ) == syn meta mark "
      "set "
      "0x1 ct state vmap { new : jump a } fib saddr . iif oif missing limit rate over 1/second "
      "numgen "
      "random mod 2 dnat to [2001:db8::1]:80 log prefix \"x\" counter packets 1 bytes 2 xt match");
  for (size_t from = 0; from < words.size(); ++from) {
    for (size_t to = from; to <= words.size(); ++to) {
      FirewallRule rule;
      rule.words.assign(words.begin() + static_cast<int>(from),
                        words.begin() + static_cast<int>(to));
      const RuleOutcome outcome = MatchRule(rule, {}, Syn());
      EXPECT_LE(outcome.steps.size(), 4u);
    }
  }
}

}  // namespace
}  // namespace faultline::checks
