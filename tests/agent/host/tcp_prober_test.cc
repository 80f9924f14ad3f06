// Both ways of probing against real sockets on loopback and, as root, a real silent peer.
#include "agent/host/tcp_prober.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/agent/host/run_until.h"
#include "tests/agent/host/tcp_testing.h"

namespace faultline::host {
namespace {

enum class Way { kHalfOpen, kConnect };

class TcpProberTest : public testing::TestWithParam<std::tuple<Way, const char*>> {
 protected:
  void SetUp() override {
    loop_ = Loop::Create().value();
    if (TestListener probe(Address()); !probe.ok()) GTEST_SKIP() << "no " << Address() << " here";
    auto prober = Make(1);
    if (!prober.ok()) GTEST_SKIP() << prober.status();
  }

  static const char* Address() { return std::get<1>(GetParam()); }

  absl::StatusOr<std::unique_ptr<TcpProber>> Make(uint16_t port) {
    const IpAddress target = *ParseIpAddress(Address());
    const auto callback = [this](const TcpAnswer& answer) { answers_.push_back(answer); };
    if (std::get<0>(GetParam()) == Way::kHalfOpen) {
      return MakeHalfOpenProber(*loop_, target, port, callback);
    }
    return MakeConnectProber(*loop_, target, port, callback);
  }

  // The answer to one attempt.
  TcpAnswerKind Probe(TcpProber& prober) {
    answers_.clear();
    if (const auto at_once = prober.Send(); at_once.has_value()) {
      prober.End();
      return at_once->kind;
    }
    EXPECT_TRUE(RunUntil(*loop_, [&] { return !answers_.empty(); }));
    prober.End();
    return answers_.empty() ? TcpAnswerKind::kCannotProbe : answers_.front().kind;
  }

  std::unique_ptr<Loop> loop_;
  std::vector<TcpAnswer> answers_;
};

TEST_P(TcpProberTest, AListenerIsOpenAgainAndAgain) {
  const TestListener listener(Address());
  const auto prober = Make(listener.port()).value();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Probe(*prober), TcpAnswerKind::kOpen) << i;
}

TEST_P(TcpProberTest, AClosedPortIsRefusedAndOpenOnceItListens) {
  TestListener listener(Address());
  const uint16_t port = listener.port();
  const auto prober = Make(port).value();
  listener.Close();
  EXPECT_EQ(Probe(*prober), TcpAnswerKind::kRefused);
  const TestListener again(Address(), port);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(Probe(*prober), TcpAnswerKind::kOpen);
}

TEST_P(TcpProberTest, ALateTimerFindsTheAnswerThatLiesThere) {
  const TestListener listener(Address());
  const auto prober = Make(listener.port()).value();
  ASSERT_FALSE(prober->Send().has_value());
  std::optional<TcpAnswer> answer;
  for (int i = 0; i < 100'000 && !answer.has_value(); ++i) answer = prober->Poll();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->kind, TcpAnswerKind::kOpen);
}

TEST_P(TcpProberTest, OnlyConnectsReachTheServer) {
  const TestListener listener(Address());
  const auto prober = Make(listener.port()).value();
  for (int i = 0; i < 5; ++i) ASSERT_EQ(Probe(*prober), TcpAnswerKind::kOpen);
  EXPECT_EQ(listener.SawConnection(), std::get<0>(GetParam()) == Way::kConnect);
}

INSTANTIATE_TEST_SUITE_P(Ways, TcpProberTest,
                         testing::Combine(testing::Values(Way::kHalfOpen, Way::kConnect),
                                          testing::Values("127.0.0.1", "::1")),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param) == Way::kHalfOpen
                                                  ? "HalfOpen"
                                                  : "Connect") +
                                  (std::string(std::get<1>(info.param)) == "::1" ? "Ipv6" : "Ipv4");
                         });

TEST(TcpAnswerTest, ErrnosOfSilenceAreNoAnswers) {
  for (int error : {ETIMEDOUT, EAGAIN, EINPROGRESS, ENOBUFS}) {
    EXPECT_FALSE(TcpAnswerFromErrno(error).has_value()) << error;
  }
  EXPECT_EQ(TcpAnswerFromErrno(ECONNREFUSED)->kind, TcpAnswerKind::kRefused);
  EXPECT_EQ(TcpAnswerFromErrno(ENETUNREACH)->kind, TcpAnswerKind::kNetUnreachable);
  EXPECT_EQ(TcpAnswerFromErrno(EPERM)->kind, TcpAnswerKind::kBlockedHere);
  EXPECT_EQ(TcpAnswerFromErrno(EMFILE)->error, EMFILE);
}

}  // namespace
}  // namespace faultline::host
