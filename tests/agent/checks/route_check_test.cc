// The route check on real routing tables, in network namespaces of the test's own.
#include <cstdio>

#include "tests/agent/checks/check_testing.h"
#include "tests/fakes/routed_path.h"

namespace faultline::checks {
namespace {

constexpr char kRouteDb[] = "10.0.2.10";
constexpr char kRouteToDb[] = "10.0.2.0/24 via 10.0.1.1 dev eth0 src 10.0.1.10";

class RouteCheckTest : public CheckTest {
 protected:
  void SetUp() override {
    if (!path_.ok()) GTEST_SKIP() << "needs root, iproute2 and nftables";
    inside_ = std::make_unique<fakes::InNamespace>(path_.app.fd());
  }

  // Only events make it look again.
  void StartAndBeWell(const std::string& target = kRouteDb) {
    config::CheckConfig config = Config("route", target);
    config.interval = Span::Seconds(3600);
    Start(config);
    ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  }

  std::string Evidence() const {
    std::string text;
    for (const Fact& fact : sink_.seen.back().evidence) text += fact.text + "\n";
    return text;
  }

  const fakes::RoutedPath path_;
  std::unique_ptr<fakes::InNamespace> inside_;
};

TEST_F(RouteCheckTest, ARouteThatLeadsThereIsWellAndNamed) {
  StartAndBeWell();
  EXPECT_EQ(sink_.seen.back().detail, kRouteToDb);
  EXPECT_EQ(sink_.endpoints.at(0), "10.0.2.10 0");
}

TEST_F(RouteCheckTest, ADeletedRouteIsToldAtOnceWithWhatChangedAndWhen) {
  StartAndBeWell();
  const WallTime before = clock_.Now();
  ASSERT_TRUE(path_.app.Run("ip route del 10.0.2.0/24"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "NO_ROUTE")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find(kRouteToDb), std::string::npos) << Last();
  EXPECT_EQ(Evidence(), "route 10.0.2.0/24 via 10.0.1.1 dev eth0 was deleted\n");
  EXPECT_GE(sink_.seen.back().evidence[0].at, before);
  EXPECT_EQ(sink_.seen.back().since, sink_.seen.back().evidence[0].at);
  printf("told %.1f ms after the kernel did\n",
         (sink_.seen.back().observed - sink_.seen.back().since).seconds() * 1e3);
  ASSERT_TRUE(path_.app.Run("ip route add 10.0.2.0/24 via 10.0.1.1"));
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(RouteCheckTest, EachRefusingRouteIsNamed) {
  StartAndBeWell();
  for (const std::string type : {"blackhole", "unreachable", "prohibit"}) {
    ASSERT_TRUE(path_.app.Run("ip route add " + type + " 10.0.2.10/32"));
    ASSERT_TRUE(UntilSaw(State::kCritical, "BLACKHOLE")) << Last();
    EXPECT_NE(sink_.seen.back().detail.find(type + " 10.0.2.10/32"), std::string::npos) << Last();
    EXPECT_EQ(Evidence(), "route " + type + " 10.0.2.10/32 was added\n");
    ASSERT_TRUE(path_.app.Run("ip route del " + type + " 10.0.2.10/32"));
    ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  }
}

TEST_F(RouteCheckTest, ARuleThatRefusesIsToldFromARoute) {
  StartAndBeWell();
  ASSERT_TRUE(path_.app.Run("ip rule add to 10.0.2.0/24 blackhole"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "BLACKHOLE")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("ip rule"), std::string::npos) << Last();
}

TEST_F(RouteCheckTest, AnInterfaceThatIsSwitchedOffIsNamed) {
  StartAndBeWell();
  ASSERT_TRUE(path_.app.Run("ip link set eth0 down"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "LINK_DOWN")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("eth0 is switched off"), std::string::npos) << Last();
  EXPECT_NE(Evidence().find("interface eth0 was switched off"), std::string::npos) << Evidence();
}

TEST_F(RouteCheckTest, ALostCarrierIsToldFromASwitchedOffInterface) {
  StartAndBeWell();
  ASSERT_TRUE(path_.router.Run("ip link set app down"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "LINK_DOWN")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("no carrier"), std::string::npos) << Last();
  ASSERT_TRUE(path_.router.Run("ip link set app up"));
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(RouteCheckTest, AnInterfaceThatIsRemovedIsGone) {
  StartAndBeWell();
  ASSERT_TRUE(path_.router.Run("ip link del app"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "LINK_DOWN")) << Last();
  ASSERT_TRUE(Until([&] { return Last().find("eth0 is gone") != std::string::npos; })) << Last();
}

TEST_F(RouteCheckTest, TheLastAddressOfAnInterfaceTakesItsRoutesWithIt) {
  StartAndBeWell();
  ASSERT_TRUE(path_.app.Run("ip addr del 10.0.1.10/24 dev eth0"));
  EXPECT_TRUE(UntilSaw(State::kCritical, "NO_ROUTE")) << Last();
}

TEST_F(RouteCheckTest, Ipv6IsWatchedTheSameWay) {
  StartAndBeWell("fd00:2::10");
  EXPECT_EQ(sink_.seen.back().detail, "fd00:2::/64 via fd00:1::1 dev eth0 src fd00:1::10");
  ASSERT_TRUE(path_.app.Run("ip route del fd00:2::/64"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "NO_ROUTE")) << Last();
  ASSERT_TRUE(path_.app.Run("ip route add blackhole fd00:2::/64"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "BLACKHOLE")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("blackhole fd00:2::/64"), std::string::npos) << Last();
}

TEST_F(RouteCheckTest, AStormOfOtherRoutesIsNoReasonToLook) {
  StartAndBeWell();
  const size_t looks = sink_.seen.size();
  ASSERT_TRUE(
      path_.app.Run("for i in $(seq 1 200); do echo route add 10.9.$i.0/24 via 10.0.1.1; "
                    "done | ip -batch -"));
  ASSERT_TRUE(path_.app.Run("ip route add blackhole 10.0.2.10/32"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "BLACKHOLE")) << Last();
  EXPECT_EQ(sink_.seen.size(), looks + 1);
}

TEST_F(RouteCheckTest, ATargetThatIsNoHostIsRefusedByName) {
  for (const char* target : {"", "10.0.2.10:80", "10.0.2.0/24"}) {
    EXPECT_NE(ConfigError(Config("route", target)).find("target"), std::string::npos) << target;
  }
}

}  // namespace
}  // namespace faultline::checks
