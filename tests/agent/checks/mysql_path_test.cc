// The mysql check on a real path that fails while its login is open: a router that drops, rejects
// and swallows, a host without a way back. Against a real server, which must never be called hung.
#include "tests/agent/checks/mysql_testing.h"
#include "tests/fakes/routed_path.h"

namespace faultline::checks {
namespace {

using testing::HasSubstr;
using testing::Not;

class MySqlPathTest : public MySqlServerTest {
 protected:
  void SetUp() override {
    MySqlServerTest::SetUp();
    if (IsSkipped()) return;
    if (!path_.ok()) GTEST_SKIP() << "needs root, iproute2 and nftables";
    {
      const fakes::InNamespace inside(path_.db.fd());
      StartServer({.address = "10.0.2.10"});
    }
    inside_ = std::make_unique<fakes::InNamespace>(path_.app.fd());
    Start(MySql());
    ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
    seen_when_well_ = sink_.seen.size();
  }
  void TearDown() override {
    check_.reset();
    inside_.reset();
  }

  // The first word after the path failed.
  const Observation& Trouble() {
    EXPECT_TRUE(Until([&] { return sink_.seen.back().state == State::kCritical; })) << Last();
    for (size_t i = seen_when_well_; i < sink_.seen.size(); ++i) {
      if (sink_.seen[i].state == State::kCritical) return sink_.seen[i];
    }
    return sink_.seen.back();
  }
  void ExpectNobodyWasCalledHung() {
    for (const Observation& each : sink_.seen) {
      EXPECT_NE(each.reason, "NO_GREETING") << each.detail;
      EXPECT_THAT(each.detail, Not(HasSubstr("hung")));
    }
  }

  const fakes::RoutedPath path_;
  std::unique_ptr<fakes::InNamespace> inside_;
  size_t seen_when_well_ = 0;
};

TEST_F(MySqlPathTest, ARouterThatDropsThePortIsThePath) {
  ASSERT_TRUE(
      path_.Forward("ip daddr 10.0.2.10 tcp dport " + std::to_string(server_->port()) + " drop"));
  EXPECT_EQ(Trouble().reason, "TIMEOUT");
  EXPECT_THAT(Trouble().detail, HasSubstr("went quiet: the open login got no answer for 1s, and "
                                          "new connections do not come through"));
  ASSERT_TRUE(path_.ForwardFreely());
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
  ExpectNobodyWasCalledHung();
}

TEST_F(MySqlPathTest, ARouterThatDropsTheAnswersIsThePathToo) {
  ASSERT_TRUE(
      path_.Forward("ip saddr 10.0.2.10 tcp sport " + std::to_string(server_->port()) + " drop"));
  EXPECT_EQ(Trouble().reason, "TIMEOUT");
  ASSERT_TRUE(path_.ForwardFreely());
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
  ExpectNobodyWasCalledHung();
}

TEST_F(MySqlPathTest, AFirewallThatRejectsIsNamed) {
  ASSERT_TRUE(
      path_.Forward("ip daddr 10.0.2.10 tcp dport " + std::to_string(server_->port()) + " reject"));
  EXPECT_EQ(Trouble().reason, "REFUSED");
  ASSERT_GE(Trouble().evidence.size(), 2u);
  EXPECT_THAT(Trouble().evidence.back().text, HasSubstr("is rejected by a firewall"));
  ExpectNobodyWasCalledHung();
}

TEST_F(MySqlPathTest, AServerWithoutAWayBackIsThePath) {
  ASSERT_TRUE(path_.db.Run("ip route del default via 10.0.2.1"));
  EXPECT_EQ(Trouble().reason, "TIMEOUT");
  ExpectNobodyWasCalledHung();
}

TEST_F(MySqlPathTest, AHostThatIsCutOffIsThePath) {
  ASSERT_TRUE(path_.db.Run("ip link set eth0 down"));
  EXPECT_THAT(Trouble().reason, testing::AnyOf("TIMEOUT", "HOST_UNREACHABLE"));
  ExpectNobodyWasCalledHung();
}

TEST_F(MySqlPathTest, APathThatSwallowsLargePacketsIsThePath) {
  ASSERT_TRUE(path_.Forward("ip daddr 10.0.2.10 meta length > 100 drop"));
  EXPECT_EQ(Trouble().reason, "TIMEOUT");
  EXPECT_THAT(Trouble().detail, HasSubstr("not acknowledged, though new connections are"));
  ExpectNobodyWasCalledHung();
}

TEST_F(MySqlPathTest, AServerThatIsStoppedInItsTracksIsHung) {
  server_->Pause();
  EXPECT_EQ(Trouble().reason, "NO_GREETING");
  EXPECT_THAT(Trouble().detail, HasSubstr("is hung: it takes connections"));
  server_->Resume();
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(MySqlPathTest, AServerThatIsStoppedRefusesByItself) {
  server_->Stop();
  ASSERT_TRUE(UntilSaw(State::kCritical, "REFUSED")) << Last();
  EXPECT_EQ(Seen().detail, server_->endpoint() + " refused the connection");
}

}  // namespace
}  // namespace faultline::checks
