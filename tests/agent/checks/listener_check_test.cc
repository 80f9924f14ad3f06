// The listener check on real sockets of this host.
#include "tests/agent/checks/check_testing.h"
#include "tests/agent/host/tcp_testing.h"

namespace faultline::checks {
namespace {

class ListenerCheckTest : public CheckTest {};

TEST_F(ListenerCheckTest, AListenerIsWellAndTellsItsQueue) {
  const host::TestListener listener;
  Start(Config("listener", "127.0.0.1:" + std::to_string(listener.port())));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  EXPECT_EQ(sink_.seen.back().gauges.size(), 2u);
}

TEST_F(ListenerCheckTest, AListenerThatEndsIsCriticalLongBeforeTheNextListing) {
  auto listener = std::make_unique<host::TestListener>();
  Start(Config("listener", "127.0.0.1:" + std::to_string(listener->port())));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  listener.reset();
  // The listing comes every 30 s: within 5 s only the kernel's own word can have told.
  EXPECT_TRUE(Until([&] { return sink_.Saw(State::kCritical, "NOT_LISTENING"); }, Span::Seconds(5)))
      << Last();
}

TEST_F(ListenerCheckTest, AListenerThatComesBackIsFoundSoon) {
  auto listener = std::make_unique<host::TestListener>();
  const uint16_t port = listener->port();
  listener.reset();
  Start(Config("listener", "127.0.0.1:" + std::to_string(port)));
  ASSERT_TRUE(UntilSaw(State::kCritical, "NOT_LISTENING")) << Last();
  const host::TestListener again("127.0.0.1", port);
  EXPECT_TRUE(Until([&] { return sink_.Saw(State::kOk, ""); }, Span::Seconds(5))) << Last();
}

TEST_F(ListenerCheckTest, APortThatOnlyLoopbackReachesIsAWrongBindAddress) {
  const host::TestListener listener;
  Start(Config("listener", std::to_string(listener.port())));
  ASSERT_TRUE(UntilSaw(State::kCritical, "LOOPBACK_ONLY")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("write target 127.0.0.1:"), std::string::npos) << Last();
}

TEST_F(ListenerCheckTest, WithoutSystemdThePortIsWatchedAllTheSame) {
  const host::TestListener listener;
  config::CheckConfig config = Config("listener", "127.0.0.1:" + std::to_string(listener.port()));
  SetOption(&config, "unit", {"mysql.service"});
  Start(config);
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(ListenerCheckTest, NothingIsSaidOfAnOwnerBeforeSystemdWasAskedWhoItIs) {
  systemd_->units["zzz.service"] = {.id = "zzz.service", .load_state = "not-found"};
  const host::TestListener listener;
  config::CheckConfig config = Config("listener", "127.0.0.1:" + std::to_string(listener.port()));
  SetOption(&config, "unit", {"zzz.service"});
  Start(config);
  bool looked = false;
  check_->LookNow([&] { looked = true; });
  EXPECT_TRUE(sink_.seen.empty()) << Last();
  ASSERT_TRUE(Until([&] { return looked; }));
  for (const Observation& each : sink_.seen) EXPECT_EQ(each.reason, "UNIT_NOT_FOUND");
}

TEST_F(ListenerCheckTest, AListenerThatIsGoneIsToldWithoutWaitingForItsUnit) {
  config::CheckConfig config = Config("listener", "127.0.0.1:1");  // tcpmux, which nobody runs
  SetOption(&config, "unit", {"mysql.service"});
  Start(config);
  EXPECT_TRUE(sink_.Saw(State::kCritical, "NOT_LISTENING")) << Last();
}

TEST_F(ListenerCheckTest, ItNeedsNoRight) {
  const host::TestListener listener;
  const WithoutCapabilities plain;
  Start(Config("listener", "127.0.0.1:" + std::to_string(listener.port())));
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(ListenerCheckTest, TheCollectorLearnsTheUnitBehindAnAlias) {
  systemd_->units["mysql.service"] = {.id = "mariadb.service", .active_state = "active"};
  const host::TestListener listener;
  config::CheckConfig config = Config("listener", "127.0.0.1:" + std::to_string(listener.port()));
  SetOption(&config, "unit", {"mysql.service"});
  Start(config);
  ASSERT_TRUE(Until([&] { return !sink_.units.empty(); }));
  EXPECT_EQ(sink_.units, std::vector<std::string>{"mariadb.service"});
}

TEST_F(ListenerCheckTest, LookNowAnswersAtOnce) {
  const host::TestListener listener;
  Start(Config("listener", "127.0.0.1:" + std::to_string(listener.port())));
  const size_t before = sink_.seen.size();
  bool done = false;
  check_->LookNow([&] { done = true; });
  EXPECT_TRUE(done);
  EXPECT_GT(sink_.seen.size(), before);
}

TEST_F(ListenerCheckTest, ATargetThatIsNoPortIsRefusedByName) {
  for (const char* target : {"", "mysql", "0", "65536", "10.0.2.10", "10.0.2.10:x"}) {
    EXPECT_NE(ConfigError(Config("listener", target)).find("target"), std::string::npos) << target;
  }
}

}  // namespace
}  // namespace faultline::checks
