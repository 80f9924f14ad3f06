// The exposure check on real sockets of loopback.
#include "tests/agent/checks/check_testing.h"
#include "tests/agent/host/tcp_testing.h"

namespace faultline::checks {
namespace {

class ExposureCheckTest : public CheckTest {
 protected:
  static config::CheckConfig Exposure(int port) {
    config::CheckConfig config = Config("exposure", "127.0.0.1:" + std::to_string(port));
    config.interval = Span::Seconds(1);
    return config;
  }
};

TEST_F(ExposureCheckTest, AClosedPortIsWellAndAnOpenOneIsNot) {
  auto listener = std::make_unique<host::TestListener>();
  Start(Exposure(listener->port()));
  ASSERT_TRUE(UntilSaw(State::kCritical, "EXPOSED")) << Last();
  listener.reset();
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("closed to this host: "), std::string::npos) << Last();
}

TEST_F(ExposureCheckTest, ItLooksWhenAsked) {
  auto listener = std::make_unique<host::TestListener>();
  config::CheckConfig config = Exposure(listener->port());
  config.interval = Span::Seconds(3600);
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kCritical, "EXPOSED")) << Last();
  listener.reset();
  bool done = false;
  check_->LookNow([&] { done = true; });
  ASSERT_TRUE(Until([&] { return done; }));
  EXPECT_TRUE(sink_.Saw(State::kOk, "")) << Last();
}

TEST_F(ExposureCheckTest, AMySqlServerNeverSeesAConnection) {
  const host::TestListener server("127.0.0.77", 3306);
  if (!server.ok()) GTEST_SKIP() << "127.0.0.77:3306 is taken here";
  const WithoutCapabilities plain;
  Start(Config("exposure", "127.0.0.77:3306"));
  ASSERT_TRUE(UntilSaw(State::kUnknown, "RIGHT_MISSING")) << Last();
  EXPECT_FALSE(server.SawConnection());
}

TEST_F(ExposureCheckTest, ATargetWithoutAPortIsRefusedByName) {
  for (const char* target : {"", "db", "db:0"}) {
    EXPECT_NE(ConfigError(Config("exposure", target)).find("target"), std::string::npos) << target;
  }
}

}  // namespace
}  // namespace faultline::checks
