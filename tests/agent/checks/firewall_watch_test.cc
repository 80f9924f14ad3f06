// The firewall check's manners: rights, legacy tables, large rulesets, looks that cost nothing.
#include "agent/checks/firewall_watch.h"

#include <fstream>

#include "tests/agent/checks/firewall_check_testing.h"

namespace faultline::checks {
namespace {

class FirewallManners : public FirewallCheckTest {};

TEST_F(FirewallManners, WithoutTheRightItIsUnknownAndNamesTheRight) {
  const WithoutCapabilities plain;
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  ASSERT_TRUE(UntilSaw(State::kUnknown, "RIGHT_MISSING")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("AmbientCapabilities=CAP_NET_ADMIN"), std::string::npos)
      << Last();
}

TEST_F(FirewallManners, AHostWithoutAnyTableIsWellAndNoProgramIsRun) {
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("nothing in the packet filter stops"), std::string::npos)
      << Last();
}

TEST_F(FirewallManners, LookNowReadsWhatIsThereNow) {
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  ASSERT_EQ(Host::Run("iptables -A INPUT -p tcp --dport 3306 -j DROP"), 0);
  bool done = false;
  check_->LookNow([&] { done = true; });
  ASSERT_TRUE(Until([&] { return done; }));
  EXPECT_TRUE(sink_.Saw(State::kCritical, "DROP_RULE")) << Last();
}

TEST_F(FirewallManners, AnOutgoingTargetTellsTheCollectorItsAddress) {
  ASSERT_NO_FATAL_FAILURE(Watch("10.0.2.20:3306"));
  ASSERT_FALSE(sink_.endpoints.empty());
  EXPECT_EQ(sink_.endpoints[0], "10.0.2.20 3306");
}

TEST_F(FirewallManners, AnOutgoingTargetMayBeAName) {
  ASSERT_NO_FATAL_FAILURE(Watch("localhost:3306"));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  ASSERT_FALSE(sink_.endpoints.empty());
  EXPECT_EQ(sink_.endpoints[0], "127.0.0.1 3306");
  EXPECT_TRUE(TypeUntilSaw("iptables -A OUTPUT -p tcp -d 127.0.0.1 --dport 3306 -j DROP",
                           State::kCritical, "DROP_RULE"))
      << Last();
  EXPECT_TRUE(TypeUntilSaw(Remedy(), State::kOk, "")) << Last();
}

TEST_F(FirewallManners, ANameThatDoesNotResolveIsUnknown) {
  ASSERT_NO_FATAL_FAILURE(Watch("no-such-name.invalid:3306"));
  ASSERT_TRUE(UntilSaw(State::kUnknown, "DNS_FAILED")) << Last();
}

TEST_F(FirewallManners, AScriptThatBeginsWithADroppingPolicyRaisesNothing) {
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  ASSERT_EQ(Host::Run("iptables -P INPUT DROP; iptables -A INPUT -i lo -j ACCEPT; "
                      "iptables -A INPUT -p tcp --dport 3306 -j ACCEPT"),
            0);
  const size_t before = sink_.seen.size();
  ASSERT_TRUE(Until([&] { return sink_.seen.size() > before; }));
  for (const Observation& seen : sink_.seen) EXPECT_EQ(seen.state, State::kOk) << seen.detail;
}

TEST_F(FirewallManners, LegacyTablesAreReadAsWell) {
  if (!Host::Has("iptables-legacy") ||
      Host::Run("iptables-legacy -w -A INPUT -p tcp --dport 3306 -j DROP 2>/dev/null") != 0) {
    GTEST_SKIP() << "no iptables-legacy here, or a kernel without it";
  }
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "DROP_RULE")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("INPUT rule 1 \"-p tcp -m tcp --dport 3306 -j DROP\""),
            std::string::npos)
      << Last();
  EXPECT_NE(Remedy().find("iptables-legacy -D INPUT"), std::string::npos) << Remedy();
  ASSERT_EQ(Host::Run(Remedy()), 0);
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(FirewallManners, FiveThousandRulesAreReadAndTheLoopGoesOnMeanwhile) {
  std::ofstream rules(directory_ / "rules");
  rules << "*filter\n:INPUT ACCEPT [0:0]\n";
  for (int i = 0; i < 5000; ++i) {
    rules << "-A INPUT -s 10." << 16 + i / 250 << "." << i % 250
          << ".7/32 -p tcp -m multiport --dports 22," << 4000 + i
          << " -m conntrack --ctstate NEW -j DROP\n";
  }
  rules << "-A INPUT -p tcp --dport 3306 -j DROP\nCOMMIT\n";
  rules.close();
  // The longest time between two ticks of the loop.
  Span longest;
  MonoTime last = clock_.Mono();
  const auto tick = loop_->Every(Span{}, Span::Millis(5), [&] {
    const MonoTime now = clock_.Mono();
    longest = std::max(longest, now - last);
    last = now;
  });
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  ASSERT_EQ(Host::Run("iptables-restore < " + (directory_ / "rules")), 0);
  last = clock_.Mono();
  longest = Span{};
  ASSERT_TRUE(UntilSaw(State::kCritical, "DROP_RULE")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("INPUT rule 5001"), std::string::npos) << Last();
  for (const GaugeValue& gauge : sink_.seen.back().gauges) {
    if (gauge.name == "firewall_read_duration_seconds") {
      printf("  5,001 rules read in %.0f ms; the loop's longest pause was %.1f ms\n",
             gauge.value * 1e3, longest.seconds() * 1e3);
      // Only that the reading is not done on the loop: that would be most of it.
      EXPECT_LT(longest.seconds(), gauge.value);
    }
  }
}

TEST_F(FirewallManners, ItCanGoWhileItReads) {
  ASSERT_EQ(Host::Run("iptables -A INPUT -p tcp --dport 3306 -j DROP"), 0);
  ASSERT_NO_FATAL_FAILURE(Watch("3306"));
  check_->LookNow([] {});
  const size_t before = sink_.seen.size();
  check_.reset();
  bool later = false;
  const auto soon = loop_->After(Span::Millis(100), [&] { later = true; });
  ASSERT_TRUE(Until([&] { return later; }));
  EXPECT_EQ(sink_.seen.size(), before);
}

TEST(FirewallDeclaration, BadTargetsAndClientsAreRefusedByName) {
  const auto error = [](const std::string& target, std::vector<std::string> clients) {
    config::CheckConfig config;
    config.id.kind = "firewall";
    config.id.target = target;
    if (!clients.empty()) config.options["clients"] = {.values = clients, .is_list = true};
    return ConfigError(config);
  };
  EXPECT_EQ(error("3306", {"10.0.1.0/24", "2001:db8::/32"}), "");
  EXPECT_NE(error("mysql", {}).find("target"), std::string::npos);
  EXPECT_EQ(error("db.internal:3306", {}), "");
  EXPECT_NE(error("db.internal:3306", {"10.0.1.5"}).find("clients"), std::string::npos);
  EXPECT_NE(error("3306", {"10.0.1.0/33"}).find("clients"), std::string::npos);
  EXPECT_NE(error("3306", {"app-1"}).find("clients"), std::string::npos);
  EXPECT_NE(error("10.0.2.10:3306", {"10.0.1.5"}).find("clients"), std::string::npos);
  EXPECT_NE(error("3306", std::vector<std::string>(65, "10.0.1.5")).find("at most 64"),
            std::string::npos);
}

}  // namespace
}  // namespace faultline::checks
