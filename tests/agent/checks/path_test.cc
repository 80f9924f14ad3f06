// The checks `port` and `ping` on a real path: three network namespaces with a router that drops,
// refuses and loses, and a relay that delays. Times are printed, not asserted.
#include <algorithm>
#include <cstdio>
#include <random>

#include "tests/agent/checks/check_testing.h"
#include "tests/agent/host/tcp_testing.h"
#include "tests/fakes/routed_path.h"
#include "tests/fakes/tun_relay.h"

namespace faultline::checks {
namespace {

constexpr char kPathDb[] = "10.0.2.10";

class PathTest : public CheckTest, public testing::WithParamInterface<const char*> {
 protected:
  bool is_ping() const { return std::string(GetParam()) == "ping"; }
  std::string silence() const { return is_ping() ? "PING_TIMEOUT" : "TIMEOUT"; }

  // A server in `db`, and this thread in `app`, until the test ends.
  void Enter(const fakes::NetNamespace& app, const fakes::NetNamespace& db,
             const std::string& address = kPathDb) {
    {
      const fakes::InNamespace inside(db.fd());
      server_ = std::make_unique<host::TestListener>(address);
      ASSERT_TRUE(server_->ok());
    }
    inside_ = std::make_unique<fakes::InNamespace>(app.fd());
  }

  void StartProbe(Span interval, const std::string& address = kPathDb) {
    const std::string shown =
        address.find(':') == std::string::npos ? address : "[" + address + "]";
    config::CheckConfig config =
        is_ping() ? Config("ping", address)
                  : Config("port", shown + ":" + std::to_string(server_->port()));
    config.interval = interval;
    if (!is_ping()) SetOption(&config, "probe", {"half_open"});
    Start(config);
  }

  // One look after the other, as fast as they are answered. Returns how many were not well, or
  // stops at the first that is `reason`.
  int LookOften(int looks, const std::string& stop_at = "never") {
    int bad = 0;
    for (int i = 0; i < looks; ++i) {
      bool done = false;
      check_->LookNow([&] { done = true; });
      EXPECT_TRUE(Until([&] { return done; }));
      if (sink_.seen.back().reason == stop_at) return bad;
      if (sink_.seen.back().state != State::kOk) {
        ++bad;
        printf("look %d: %s\n", i, Last().c_str());
      }
    }
    return bad;
  }

  std::unique_ptr<host::TestListener> server_;
  std::unique_ptr<fakes::InNamespace> inside_;
};

INSTANTIATE_TEST_SUITE_P(Checks, PathTest, testing::Values("port", "ping"),
                         [](const auto& info) { return std::string(info.param); });

class RoutedPathTest : public PathTest {
 protected:
  void SetUp() override {
    if (!path_.ok()) GTEST_SKIP() << "needs root, iproute2 and nftables";
    Enter(path_.app, path_.db);
  }
  void StartAndBeWell(Span interval = Span::Millis(100)) {
    StartProbe(interval);
    ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  }

  const fakes::RoutedPath path_;
};

INSTANTIATE_TEST_SUITE_P(Checks, RoutedPathTest, testing::Values("port", "ping"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(RoutedPathTest, ASilentDropInTheRouterIsFound) {
  StartAndBeWell(Span::Millis(500));
  std::vector<int64_t> times;
  for (int trial = 0; trial < 7; ++trial) {
    // Anywhere between two looks.
    const MonoTime begin = clock_.Mono() + Span::Millis(trial * 71);
    ASSERT_TRUE(Until([&] { return clock_.Mono() >= begin; }));
    // The rule takes longer to set on a busy machine: count from when it stands.
    ASSERT_TRUE(path_.Forward("ip daddr 10.0.2.10 drop"));
    const MonoTime dropped = clock_.Mono();
    ASSERT_TRUE(UntilSaw(State::kCritical, silence())) << Last();
    times.push_back((clock_.Mono() - dropped).ns / 1'000'000);
    ASSERT_TRUE(path_.ForwardFreely());
    ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  }
  std::sort(times.begin(), times.end());
  printf("%s: drop to CRITICAL at an interval of 500 ms: min %d, p50 %d, max %d ms\n", GetParam(),
         static_cast<int>(times.front()), static_cast<int>(times[times.size() / 2]),
         static_cast<int>(times.back()));
}

TEST_P(RoutedPathTest, TwoPercentLossIsNoAlarmInTwoThousandProbesAndADropIsStillFound) {
  StartAndBeWell(Span::Seconds(3600));
  ASSERT_TRUE(path_.Forward("ip daddr 10.0.2.10 numgen random mod 100 < 2 drop"));
  EXPECT_EQ(LookOften(2'000), 0);
  ASSERT_TRUE(path_.Forward("ip daddr 10.0.2.10 drop"));
  LookOften(1);
  EXPECT_TRUE(sink_.Saw(State::kCritical, silence())) << Last();
}

TEST_P(RoutedPathTest, APathThatLosesManyPacketsIsAWarning) {
  StartAndBeWell(Span::Seconds(3600));
  ASSERT_TRUE(path_.Forward("ip daddr 10.0.2.10 numgen random mod 100 < 15 drop"));
  LookOften(500, "PACKET_LOSS");
  EXPECT_TRUE(sink_.Saw(State::kWarning, "PACKET_LOSS")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("packets unanswered"), std::string::npos) << Last();
}

TEST_P(RoutedPathTest, WhatTheRouterSaysByIcmpIsTold) {
  StartAndBeWell();
  ASSERT_TRUE(path_.router.Run("ip route add unreachable 10.0.2.10/32"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "HOST_UNREACHABLE")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("ICMP from 10.0.1.1"), std::string::npos) << Last();
  ASSERT_TRUE(path_.router.Run("ip route del unreachable 10.0.2.10/32"));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  ASSERT_TRUE(path_.Forward("ip daddr 10.0.2.10 reject with icmp type admin-prohibited"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "ADMIN_PROHIBITED")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("ICMP from 10.0.1.1"), std::string::npos) << Last();
}

TEST_P(RoutedPathTest, WhatThisHostsOwnRoutesRefuseIsTold) {
  StartAndBeWell();
  ASSERT_TRUE(path_.app.Run("ip route add blackhole 10.0.2.10/32"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "NET_UNREACHABLE")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("blackhole"), std::string::npos) << Last();
  ASSERT_TRUE(path_.app.Run("ip route del blackhole 10.0.2.10/32"));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  ASSERT_TRUE(path_.app.Run("ip route add prohibit 10.0.2.10/32"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "ADMIN_PROHIBITED")) << Last();
  ASSERT_TRUE(path_.app.Run("ip route del prohibit 10.0.2.10/32"));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  ASSERT_TRUE(path_.app.Run("ip link set eth0 down"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "NET_UNREACHABLE")) << Last();
}

TEST_P(RoutedPathTest, ThisHostsOwnFirewallIsNamed) {
  StartAndBeWell();
  ASSERT_TRUE(
      path_.app.Run("nft add table inet t && nft add chain inet t o '{ type filter hook "
                    "output priority 0; }' && nft add rule inet t o ip daddr 10.0.2.10 "
                    "drop"));
  ASSERT_TRUE(UntilSaw(State::kCritical, silence())) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("own firewall"), std::string::npos) << Last();
}

TEST_P(RoutedPathTest, OverIpv6ADropIsFoundToo) {
  server_.reset();
  inside_.reset();
  Enter(path_.app, path_.db, "fd00:2::10");
  StartProbe(Span::Millis(100), "fd00:2::10");
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  ASSERT_TRUE(path_.Forward("ip6 daddr fd00:2::10 drop"));
  ASSERT_TRUE(UntilSaw(State::kCritical, silence())) << Last();
  ASSERT_TRUE(path_.ForwardFreely());
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  ASSERT_TRUE(path_.Forward("ip6 daddr fd00:2::10 reject with icmpv6 type admin-prohibited"));
  EXPECT_TRUE(UntilSaw(State::kCritical, "ADMIN_PROHIBITED")) << Last();
}

TEST_P(PathTest, ARoundTripOf80MillisecondsWithJitterOf50IsNoAlarmAndADropIsStillFound) {
  const fakes::NetNamespace app;
  const fakes::NetNamespace db;
  if (!app.valid() || !db.valid()) GTEST_SKIP() << "no right to make a network namespace";
  std::mt19937 random(11);  // NOLINT: the same numbers each time
  std::uniform_int_distribution<int64_t> half_way(15, 65);
  bool lost = false;
  const fakes::TunRelay relay(*loop_, app, "10.0.1.10", db, kPathDb, [&]() -> std::optional<Span> {
    if (lost) return std::nullopt;
    return Span::Millis(half_way(random));
  });
  if (!relay.ok()) GTEST_SKIP() << "no TUN devices here";
  Enter(app, db);
  StartProbe(Span::Seconds(3600));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  EXPECT_EQ(LookOften(150), 0);
  lost = true;
  const MonoTime dropped = clock_.Mono();
  LookOften(1, silence());
  EXPECT_TRUE(sink_.Saw(State::kCritical, silence())) << Last();
  printf("%s: 80 +- 50 ms: drop to CRITICAL %d ms after a look began\n", GetParam(),
         static_cast<int>((clock_.Mono() - dropped).ns / 1'000'000));
}

TEST_P(PathTest, APathThatSuddenlyBecomesSlowIsNoAlarm) {
  const fakes::NetNamespace app;
  const fakes::NetNamespace db;
  if (!app.valid() || !db.valid()) GTEST_SKIP() << "no right to make a network namespace";
  Span half_way = Span::Millis(1);
  const fakes::TunRelay relay(*loop_, app, "10.0.1.10", db, kPathDb,
                              [&]() -> std::optional<Span> { return half_way; });
  if (!relay.ok()) GTEST_SKIP() << "no TUN devices here";
  Enter(app, db);
  StartProbe(Span::Seconds(3600));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  LookOften(50);
  half_way = Span::Millis(100);
  EXPECT_EQ(LookOften(20), 0);
}

}  // namespace
}  // namespace faultline::checks
