// Real ICMP sockets on loopback.
#include "agent/host/icmp_echo.h"

#include <gtest/gtest.h>
#include <netinet/ip_icmp.h>

#include <vector>

#include "agent/host/fd.h"
#include "agent/host/icmp_packet.h"
#include "tests/agent/host/run_until.h"
#include "tests/fakes/net_namespace.h"

namespace faultline::host {
namespace {

class IcmpEchoTest : public testing::Test {
 protected:
  IcmpEchoTest() { loop_ = *Loop::Create(); }

  // False where this process may not ping.
  bool Open(const char* target) {
    auto echo = OpenIcmpEcho(*loop_, *ParseIpAddress(target),
                             [this](const EchoAnswer& answer) { answers_.push_back(answer); });
    if (!echo.ok()) return false;
    echo_ = *std::move(echo);
    return true;
  }
  MonoTime Now() const { return clock_.Mono(); }

  SystemClock clock_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<IcmpEcho> echo_;
  std::vector<EchoAnswer> answers_;
};

TEST_F(IcmpEchoTest, LoopbackAnswersInBothFamilies) {
  for (const char* target : {"127.0.0.1", "::1"}) {
    if (!Open(target)) GTEST_SKIP() << "this process may not ping";
    answers_.clear();
    const MonoTime sent = Now();
    const std::optional<EchoAnswer> failed = echo_->Send(sent);
    if (failed.has_value()) GTEST_SKIP() << target << " is not there: errno " << failed->error;
    ASSERT_TRUE(RunUntil(*loop_, [&] { return !answers_.empty(); })) << target;
    EXPECT_EQ(answers_[0].kind, EchoAnswerKind::kReply);
    EXPECT_EQ(answers_[0].sent, sent);
  }
}

TEST_F(IcmpEchoTest, EachPacketIsAnsweredOnce) {
  if (!Open("127.0.0.1")) GTEST_SKIP() << "this process may not ping";
  for (int i = 0; i < 10; ++i) echo_->Send(MonoTime{i + 1});
  ASSERT_TRUE(RunUntil(*loop_, [&] { return answers_.size() >= 10; }));
  echo_->Poll();
  ASSERT_EQ(answers_.size(), 10u);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(answers_[i].sent, MonoTime{i + 1});
}

TEST_F(IcmpEchoTest, TwoPingersOfOneTargetDoNotTakeEachOthersAnswers) {
  if (!Open("127.0.0.1")) GTEST_SKIP() << "this process may not ping";
  int others = 0;
  auto other =
      OpenIcmpEcho(*loop_, *ParseIpAddress("127.0.0.1"), [&](const EchoAnswer&) { ++others; });
  ASSERT_TRUE(other.ok());
  echo_->Send(Now());
  ASSERT_TRUE(RunUntil(*loop_, [&] { return !answers_.empty(); }));
  (*other)->Poll();
  EXPECT_EQ(others, 0);
}

TEST_F(IcmpEchoTest, ForgedRepliesWithoutTheTokenAreIgnored) {
  const Fd forger(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
  if (!forger.valid()) GTEST_SKIP() << "no CAP_NET_RAW to forge packets";
  const fakes::NetNamespace silent;
  if (!silent.valid()) GTEST_SKIP() << "no right to make a network namespace";
  const fakes::InNamespace inside(silent.fd());
  // Nobody but the forger answers here: the kernel's own replies are switched off.
  ASSERT_TRUE(silent.Run("echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all"));
  ASSERT_TRUE(Open("127.0.0.1"));
  const Fd spy(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
  echo_->Send(Now());
  std::array<uint8_t, 512> packet;
  const ssize_t n = recv(spy.get(), packet.data(), packet.size(), 0);
  ASSERT_GT(n, 0);
  const auto request = StripIpv4Header({packet.data(), static_cast<size_t>(n)});
  std::vector<uint8_t> reply(request.begin(), request.end());
  reply[0] = ICMP_ECHOREPLY;
  const auto send_reply = [&] {
    reply[2] = reply[3] = 0;
    uint32_t sum = 0;
    for (size_t i = 0; i < reply.size(); i += 2) sum += reply[i] << 8 | reply[i + 1];
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    reply[2] = static_cast<uint8_t>(~sum >> 8);
    reply[3] = static_cast<uint8_t>(~sum);
    sockaddr_storage to;
    const socklen_t length = FillSockaddr(*ParseIpAddress("127.0.0.1"), 0, &to);
    ASSERT_GT(
        sendto(spy.get(), reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&to), length),
        0);
    echo_->Poll();
  };
  reply[20] ^= 1;  // in the token
  send_reply();
  EXPECT_TRUE(answers_.empty()) << "a wrong token";
  reply[20] ^= 1;
  reply[7] ^= 1;
  send_reply();
  EXPECT_TRUE(answers_.empty()) << "a sequence number that was not sent";
  reply[7] ^= 1;
  send_reply();
  EXPECT_EQ(answers_.size(), 1u) << "the true reply";
  send_reply();
  EXPECT_EQ(answers_.size(), 1u) << "and its duplicate";
}

}  // namespace
}  // namespace faultline::host
