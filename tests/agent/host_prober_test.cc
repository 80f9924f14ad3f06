// Looking at another host, over a real network of the test's own.
#include "agent/host_prober.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "agent/host/loop.h"
#include "common/clock.h"
#include "tests/agent/host/run_until.h"
#include "tests/agent/host/tcp_testing.h"
#include "tests/fakes/routed_path.h"

namespace faultline::agent {
namespace {

using faultline::v1::ProbedPath;
using faultline::v1::ProbeHost;
using faultline::v1::ProbeResult;
using testing::ElementsAre;
using testing::HasSubstr;

// app looks at db, with a router between.
class HostProberTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!path_.ok()) GTEST_SKIP() << "needs root, iproute2 and nftables";
    {
      const fakes::InNamespace inside(path_.db.fd());
      listener_.emplace("10.0.2.10", uint16_t{443});
    }
    ASSERT_TRUE(listener_->ok());
    inside_.emplace(path_.app.fd());
  }
  void TearDown() override {
    prober_.Stop();
    inside_.reset();
  }

  ProbeHost Ask(const std::string& address) {
    ProbeHost ask;
    ask.set_request(9);
    ask.add_addresses(address);
    for (const uint32_t port : {443u, 22u}) ask.add_ports(port);
    ask.set_deadline_ns(Span::Millis(800).ns);
    return ask;
  }

  // What a ping and the ports 443 and 22 gave.
  std::vector<ProbedPath::Answer> Look(const std::string& address) {
    result_.reset();
    EXPECT_TRUE(prober_.Probe(Ask(address), {"10.0.1.10"}).ok());
    EXPECT_TRUE(host::RunUntil(*loop_, [this] { return result_.has_value(); }));
    std::vector<ProbedPath::Answer> answers;
    for (const ProbedPath& path : result_->paths()) answers.push_back(path.answer());
    return answers;
  }

  fakes::RoutedPath path_;
  std::optional<host::TestListener> listener_;
  std::optional<fakes::InNamespace> inside_;
  SystemClock clock_;
  std::unique_ptr<host::Loop> loop_ = *host::Loop::Create();
  std::optional<ProbeResult> result_;
  HostProber prober_{*loop_, clock_, [this](ProbeResult result) { result_ = std::move(result); }};
};

TEST_F(HostProberTest, AHostThatLivesAnswersOrRefuses) {
  const MonoTime begun = clock_.Mono();
  EXPECT_THAT(Look("10.0.2.10"), ElementsAre(ProbedPath::ANSWER_YES, ProbedPath::ANSWER_YES,
                                             ProbedPath::ANSWER_REFUSED));
  EXPECT_LT(clock_.Mono() - begun, Span::Millis(700)) << "all have answered";
  EXPECT_EQ(result_->request(), 9u);
  EXPECT_EQ(result_->paths(1).address(), "10.0.2.10");
  EXPECT_EQ(result_->paths(1).port(), 443u);
  EXPECT_GT(result_->paths(0).round_trip_ns(), 0);
  EXPECT_FALSE(listener_->SawConnection()) << "half-open";
}

TEST_F(HostProberTest, OneThatIsOffDoesNotWithinTheDeadline) {
  ASSERT_TRUE(path_.Forward("ip daddr 10.0.2.10 drop"));
  EXPECT_THAT(Look("10.0.2.10"), ElementsAre(ProbedPath::ANSWER_NONE, ProbedPath::ANSWER_NONE,
                                             ProbedPath::ANSWER_NONE));
}

TEST_F(HostProberTest, OneLostPacketIsNoSilence) {
  ASSERT_TRUE(path_.Forward("ip daddr 10.0.2.10 drop"));
  result_.reset();
  ASSERT_TRUE(prober_.Probe(Ask("10.0.2.10"), {}).ok());
  ASSERT_TRUE(path_.ForwardFreely());
  ASSERT_TRUE(host::RunUntil(*loop_, [this] { return result_.has_value(); }));
  for (const ProbedPath& path : result_->paths()) {
    EXPECT_NE(path.answer(), ProbedPath::ANSWER_NONE) << path.port();
  }
}

TEST_F(HostProberTest, AFirewallOnTheWayIsNotTheHost) {
  ASSERT_TRUE(path_.Forward("ip daddr 10.0.2.10 reject"));
  EXPECT_THAT(Look("10.0.2.10"),
              ElementsAre(ProbedPath::ANSWER_CANNOT_PROBE, ProbedPath::ANSWER_CANNOT_PROBE,
                          ProbedPath::ANSWER_CANNOT_PROBE));
}

TEST_F(HostProberTest, WithoutAWayItCannotTell) {
  EXPECT_THAT(Look("10.0.9.9"),
              ElementsAre(ProbedPath::ANSWER_CANNOT_PROBE, ProbedPath::ANSWER_CANNOT_PROBE,
                          ProbedPath::ANSWER_CANNOT_PROBE));
}

TEST_F(HostProberTest, FourAtATime) {
  ASSERT_TRUE(path_.Forward("ip daddr 10.0.2.10 drop"));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(prober_.Probe(Ask("10.0.2.10"), {}).ok());
  EXPECT_THAT(std::string(prober_.Probe(Ask("10.0.2.10"), {}).message()), HasSubstr("under way"));
  EXPECT_FALSE(prober_.Probe(Ask("127.0.0.1"), {}).ok());
}

}  // namespace
}  // namespace faultline::agent
