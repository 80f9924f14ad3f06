// Collectors that are silent, broken or malicious.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/agent/link/link_testing.h"

namespace faultline::link {
namespace {

using ::testing::HasSubstr;

// A port that accepts connections and says nothing.
class SilentPort {
 public:
  SilentPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd_, 8) != 0 ||
        getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
  }
  ~SilentPort() { close(fd_); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int fd_;
  int port_ = 0;
};

TEST_F(LinkTest, GivesUpAPortThatSaysNothing) {
  SilentPort port;
  options_.address = port.address();
  options_.welcome_deadline = Span::Millis(200);
  StartLink();
  ASSERT_TRUE(source_.WaitForFailure("no answer within 200ms"));
  EXPECT_FALSE(source_.was_connected());
}

TEST_F(LinkTest, GivesUpACollectorThatNeverWelcomesAndTriesAgain) {
  FakeCollector::Manners manners;
  manners.welcome = false;
  collector_.set_manners(manners);
  StartCollector();
  options_.welcome_deadline = Span::Millis(300);
  StartLink();
  ASSERT_TRUE(source_.WaitForFailure("no answer within"));
  AppendTransition("a");
  collector_.set_manners({});
  ASSERT_TRUE(source_.WaitForConnected());
  ASSERT_TRUE(WaitForTransition(1));
  // Nothing but the hello went to the one that gave no welcome.
  EXPECT_LE(collector_.said()[0].size(), 1u);
}

TEST_F(LinkTest, LeavesACollectorThatStopsAnsweringHeartbeats) {
  FakeCollector::Manners manners;
  manners.echo = false;
  collector_.set_manners(manners);
  StartCollector();
  StartLink();
  ASSERT_TRUE(source_.WaitForConnected());
  collector_.set_manners({});
  ASSERT_TRUE(source_.WaitForFailure("answers no heartbeats"));
  ASSERT_TRUE(source_.WaitForConnected(2));
}

TEST_F(LinkTest, ARefusalIsToldWithItsText) {
  FakeCollector::Manners manners;
  manners.refuse_with = grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                                     "hello.protocol_version: 1 is not known, 2 is");
  collector_.set_manners(manners);
  StartCollector();
  StartLink();
  ASSERT_TRUE(source_.WaitForFailure("hello.protocol_version"));
  collector_.set_manners({});
  EXPECT_TRUE(source_.WaitForConnected());  // and it goes on trying
}

TEST_F(LinkTest, BoundsWhatAMaliciousCollectorSays) {
  FakeCollector::Manners manners;
  auto* welcome = manners.welcome_message.mutable_welcome();
  welcome->set_heartbeat_interval_ns(-1);
  welcome->set_max_message_bytes(1);
  for (const int stream : {1, 2, 77}) {
    auto* position = welcome->add_acknowledged();
    position->set_stream(static_cast<faultline::v1::Stream>(stream));
    position->set_seq(~uint64_t{0});
  }
  manners.echo = false;
  collector_.set_manners(manners);
  StartCollector();
  AppendTransition("kept");
  StartLink();
  ASSERT_TRUE(source_.WaitForConnected());
  ASSERT_TRUE(WaitForTransition(1));
  EXPECT_EQ(spool_->acknowledged(kTransitions), 0u);

  CollectorMessage message;
  ASSERT_TRUE(collector_.Send(message));  // of no kind
  ASSERT_TRUE(collector_.Send(manners.welcome_message));
  message.mutable_ack()->add_positions()->set_stream(kTransitions);
  message.mutable_ack()->mutable_positions(0)->set_seq(1000);
  ASSERT_TRUE(collector_.Send(message));
  message.mutable_heartbeat_echo()->set_number(~uint64_t{0});
  ASSERT_TRUE(collector_.Send(message));
  message.mutable_redirect()->set_address("\x1b[31mevil\n:1");
  ASSERT_TRUE(collector_.Send(message));
  for (uint64_t i = 1; i <= 500; ++i) {
    message.mutable_look_now()->set_request(i);
    ASSERT_TRUE(collector_.Send(message));
  }
  // All of that has been read once a later transition was acknowledged.
  const uint64_t seq = AppendTransition("still here");
  ASSERT_TRUE(WaitForTransition(seq));
  message.mutable_ack()->add_positions()->set_stream(kTransitions);
  message.mutable_ack()->mutable_positions(0)->set_seq(seq);
  ASSERT_TRUE(collector_.Send(message));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (spool_->acknowledged(kTransitions) < seq) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
  EXPECT_LT(source_.looks().size(), 500u);
  EXPECT_EQ(collector_.said().size(), 1u);
}

TEST_F(LinkTest, LooksAtOtherHostsThirtyTimesAMinuteAtMost) {
  StartCollector();
  StartLink();
  ASSERT_TRUE(source_.WaitForConnected());
  CollectorMessage message;
  for (uint64_t i = 1; i <= 200; ++i) {
    message.mutable_probe_host()->set_request(i);
    ASSERT_TRUE(collector_.Send(message));
  }
  message.mutable_look_now()->set_request(1);  // comes after them
  ASSERT_TRUE(collector_.Send(message));
  ASSERT_TRUE(source_.WaitForLook());
  const size_t taken = source_.probes().size();
  EXPECT_GE(taken, 30u);
  EXPECT_LT(taken, 60u);
}

TEST_F(LinkTest, GoesOnAboveWhatTheCollectorKnowsOfALostSpool) {
  FakeCollector::Manners manners;
  auto* position = manners.welcome_message.mutable_welcome()->add_acknowledged();
  position->set_stream(kTransitions);
  position->set_seq(5000);
  collector_.set_manners(manners);
  StartCollector();
  StartLink();
  ASSERT_TRUE(source_.WaitForConnected());
  EXPECT_EQ(AppendTransition("a"), 5001u);
  EXPECT_TRUE(WaitForTransition(5001));
}

}  // namespace
}  // namespace faultline::link
