// The port check on real sockets of loopback.
#include "tests/agent/checks/check_testing.h"
#include "tests/agent/host/tcp_testing.h"

namespace faultline::checks {
namespace {

class PortCheckTest : public CheckTest {
 protected:
  static config::CheckConfig Port(int port, const char* way = "connect") {
    config::CheckConfig config = Config("port", "127.0.0.1:" + std::to_string(port));
    config.interval = Span::Millis(100);
    SetOption(&config, "probe", {way});
    return config;
  }
};

TEST_F(PortCheckTest, AnOpenPortIsWellAndTellsHowLongItTook) {
  const host::TestListener listener;
  Start(Port(listener.port()));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  ASSERT_EQ(sink_.seen.back().gauges.size(), 2u);
  EXPECT_EQ(sink_.seen.back().gauges[0].name, "probe_duration_seconds");
  EXPECT_EQ(sink_.seen.back().gauges[1].name, "probe_packet_loss_ratio");
}

TEST_F(PortCheckTest, TheCollectorLearnsTheAddressThatItAimsAt) {
  const host::TestListener listener;
  Start(Port(listener.port()));
  ASSERT_TRUE(Until([&] { return !sink_.endpoints.empty(); }));
  EXPECT_EQ(sink_.endpoints[0], "127.0.0.1 " + std::to_string(listener.port()));
}

TEST_F(PortCheckTest, AClosedPortIsRefusedByTheFirstAnswer) {
  auto listener = std::make_unique<host::TestListener>();
  Start(Port(listener->port()));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  listener.reset();
  EXPECT_TRUE(UntilSaw(State::kCritical, "REFUSED")) << Last();
}

TEST_F(PortCheckTest, HalfOpenSeesAnOpenAndAClosedPortWhereItMayBeSent) {
  auto listener = std::make_unique<host::TestListener>();
  Start(Port(listener->port(), "half_open"));
  ASSERT_TRUE(Until([&] { return !sink_.seen.empty(); }));
  if (sink_.Saw(State::kUnknown, "RIGHT_MISSING")) {
    EXPECT_NE(sink_.seen.back().detail.find("CAP_NET_RAW"), std::string::npos) << Last();
    GTEST_SKIP() << "no CAP_NET_RAW here";
  }
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  listener.reset();
  EXPECT_TRUE(UntilSaw(State::kCritical, "REFUSED")) << Last();
}

TEST_F(PortCheckTest, LookNowLooksBeforeTheIntervalIsOver) {
  auto listener = std::make_unique<host::TestListener>();
  config::CheckConfig config = Port(listener->port());
  config.interval = Span::Seconds(3600);
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  listener.reset();
  bool done = false;
  check_->LookNow([&] { done = true; });
  ASSERT_TRUE(Until([&] { return done; }));
  EXPECT_TRUE(sink_.Saw(State::kCritical, "REFUSED")) << Last();
}

TEST_F(PortCheckTest, WithoutTheRightForHalfOpenAMySqlPortIsUnknownAndNamesTheRight) {
  const host::TestListener server("127.0.0.77", 3306);
  if (!server.ok()) GTEST_SKIP() << "127.0.0.77:3306 is taken here";
  const WithoutCapabilities plain;
  Start(Config("port", "127.0.0.77:3306"));
  ASSERT_TRUE(UntilSaw(State::kUnknown, "RIGHT_MISSING")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("CAP_NET_RAW"), std::string::npos) << Last();
  EXPECT_FALSE(server.SawConnection());
}

TEST_F(PortCheckTest, WithoutThatRightOtherPortsAreConnectedTo) {
  const host::TestListener server;
  const WithoutCapabilities plain;
  Start(Port(server.port(), "auto"));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  EXPECT_TRUE(server.SawConnection());
}

TEST_F(PortCheckTest, AMySqlServerNeverSeesAProbe) {
  const host::TestListener server("127.0.0.77", 3306);
  if (!server.ok()) GTEST_SKIP() << "127.0.0.77:3306 is taken here";
  config::CheckConfig config = Config("port", "127.0.0.77:3306");
  config.interval = Span::Millis(100);
  Start(config);
  ASSERT_TRUE(Until([&] { return sink_.seen.size() >= 5; })) << Last();
  EXPECT_FALSE(server.SawConnection());
}

TEST_F(PortCheckTest, AMySqlServerOnAnotherPortIsLeftAloneWhereItIsSaid) {
  const host::TestListener server;
  const WithoutCapabilities plain;
  Start(Port(server.port(), "half_open"));
  ASSERT_TRUE(UntilSaw(State::kUnknown, "RIGHT_MISSING")) << Last();
  EXPECT_FALSE(server.SawConnection());
}

TEST_F(PortCheckTest, ConnectingToAMySqlPortIsRefusedInTheConfiguration) {
  for (const int port : {3306, 33060}) {
    EXPECT_NE(ConfigError(Port(port)).find("max_connect_errors"), std::string::npos) << port;
  }
}

TEST_F(PortCheckTest, ATargetWithoutAPortIsRefusedByName) {
  for (const char* target : {"", "db", "db:", "db:0", "db:99999", "[::1"}) {
    EXPECT_NE(ConfigError(Config("port", target)).find("target"), std::string::npos) << target;
  }
}

}  // namespace
}  // namespace faultline::checks
