// The ping check on loopback; the path between hosts is in path_test.cc.
#include "tests/agent/checks/check_testing.h"
#include "tests/fakes/net_namespace.h"

namespace faultline::checks {
namespace {

class PingCheckTest : public CheckTest {
 protected:
  static config::CheckConfig Ping(const std::string& target) {
    config::CheckConfig config = Config("ping", target);
    config.interval = Span::Millis(100);
    return config;
  }
};

TEST_F(PingCheckTest, AHostThatAnswersIsWellAndMeasured) {
  Start(Ping("127.0.0.1"));
  ASSERT_TRUE(Until([&] { return !sink_.seen.empty(); }));
  if (sink_.Saw(State::kUnknown, "RIGHT_MISSING")) GTEST_SKIP() << "this process may not ping";
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  ASSERT_EQ(sink_.seen.back().gauges.size(), 2u);
  EXPECT_EQ(sink_.seen.back().gauges[0].name, "ping_round_trip_seconds");
  EXPECT_EQ(sink_.seen.back().gauges[1].name, "ping_packet_loss_ratio");
  EXPECT_EQ(sink_.endpoints.at(0), "127.0.0.1 0");
}

TEST_F(PingCheckTest, WithoutTheRightItIsUnknownAndNamesTheRight) {
  const fakes::NetNamespace fresh;
  if (!fresh.valid()) GTEST_SKIP() << "no right to make a network namespace";
  // A fresh namespace lets nobody ping by datagram sockets.
  const fakes::InNamespace inside(fresh.fd());
  const WithoutCapabilities plain;
  Start(Ping("127.0.0.1"));
  ASSERT_TRUE(UntilSaw(State::kUnknown, "RIGHT_MISSING")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("CAP_NET_RAW"), std::string::npos) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("ping_group_range"), std::string::npos) << Last();
}

TEST_F(PingCheckTest, WhereThePingGroupAllowsItNoCapabilityIsNeeded) {
  const fakes::NetNamespace fresh;
  if (!fresh.valid() || !fresh.Run("echo '0 2147483647' >/proc/sys/net/ipv4/ping_group_range")) {
    GTEST_SKIP() << "no right to make a network namespace";
  }
  const fakes::InNamespace inside(fresh.fd());
  const WithoutCapabilities plain;
  for (const char* target : {"127.0.0.1", "::1"}) {
    sink_.seen.clear();
    Start(Ping(target));
    EXPECT_TRUE(UntilSaw(State::kOk, "")) << target << " " << Last();
  }
}

TEST_F(PingCheckTest, AHostThatNeverAnsweredIsUnknownAndOneThatDidIsDownAlsoAfterARestart) {
  const fakes::NetNamespace fresh;
  if (!fresh.valid()) GTEST_SKIP() << "no right to make a network namespace";
  const fakes::InNamespace inside(fresh.fd());
  const auto ignore = [&](const char* yes) {
    return fresh.Run("echo " + std::string(yes) + " >/proc/sys/net/ipv4/icmp_echo_ignore_all");
  };
  ASSERT_TRUE(ignore("1"));
  Start(Ping("127.0.0.1"));
  ASSERT_TRUE(UntilSaw(State::kUnknown, "NEVER_ANSWERED")) << Last();
  ASSERT_TRUE(ignore("0"));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  check_.reset();
  ASSERT_TRUE(ignore("1"));
  Start(Ping("127.0.0.1"));
  EXPECT_TRUE(UntilSaw(State::kCritical, "PING_TIMEOUT")) << Last();
}

TEST_F(PingCheckTest, LookNowLooksBeforeTheIntervalIsOver) {
  config::CheckConfig config = Ping("127.0.0.1");
  config.interval = Span::Seconds(3600);
  Start(config);
  ASSERT_TRUE(Until([&] { return !sink_.seen.empty(); }));
  bool done = false;
  check_->LookNow([&] { done = true; });
  ASSERT_TRUE(Until([&] { return done; }));
  EXPECT_EQ(sink_.seen.size(), 2u);
}

TEST_F(PingCheckTest, ATargetThatIsNoHostIsRefusedByName) {
  for (const char* target : {"", "10.0.2.10:80", "a b", "http://db"}) {
    EXPECT_NE(ConfigError(Config("ping", target)).find("target"), std::string::npos) << target;
  }
  EXPECT_EQ(ConfigError(Config("ping", "2001:db8::10")), "");
  EXPECT_EQ(ConfigError(Config("ping", "db.internal")), "");
}

TEST_F(PingCheckTest, ALossLimitOutOfBoundsIsRefused) {
  config::CheckConfig config = Ping("db.internal");
  SetOption(&config, "loss", {"0"});
  EXPECT_NE(ConfigError(config).find("1 to 100"), std::string::npos);
}

}  // namespace
}  // namespace faultline::checks
