// sock_diag of this kernel, on sockets of this process.
#include "agent/host/sock_diag.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/agent/host/run_until.h"
#include "tests/agent/host/tcp_testing.h"

namespace faultline::host {
namespace {

class SockDiagTest : public testing::Test {
 protected:
  void SetUp() override {
    loop_ = Loop::Create().value();
    if (auto dump = DumpListeners(1); !dump.ok()) GTEST_SKIP() << dump.status();
  }
  std::unique_ptr<Loop> loop_;
};

TEST_F(SockDiagTest, ListsAListenerWithItsAddressOwnerAndQueue) {
  const TestListener listener;
  const auto found = DumpListeners(listener.port());
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ((*found)[0].address, *ParseIpAddress("127.0.0.1"));
  EXPECT_EQ((*found)[0].port, listener.port());
  EXPECT_EQ((*found)[0].uid, getuid());
  EXPECT_EQ((*found)[0].queue_limit, 128u);
}

TEST_F(SockDiagTest, ListsBothFamiliesAndWhetherIpv4IsServedToo) {
  const TestListener v6("::1");
  if (!v6.ok()) GTEST_SKIP() << "no IPv6 here";
  const TestListener v4("127.0.0.1", v6.port());
  if (!v4.ok()) GTEST_SKIP() << "the port is taken on 127.0.0.1";
  const auto found = DumpListeners(v6.port());
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ((*found)[0].address.family, AF_INET);
  EXPECT_EQ((*found)[1].address.family, AF_INET6);
  EXPECT_TRUE((*found)[1].v6_only);
}

TEST_F(SockDiagTest, PortZeroListsAllPorts) {
  const TestListener one;
  const TestListener two;
  const auto found = DumpListeners(0);
  ASSERT_TRUE(found.ok()) << found.status();
  std::set<uint16_t> ports;
  for (const ListeningSocket& each : *found) ports.insert(each.port);
  EXPECT_TRUE(ports.contains(one.port()));
  EXPECT_TRUE(ports.contains(two.port()));
}

TEST_F(SockDiagTest, APortThatNobodyListensOnHasNone) {
  TestListener listener;
  const uint16_t port = listener.port();
  listener.Close();
  const auto found = DumpListeners(port);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->empty());
}

TEST_F(SockDiagTest, TheEndOfAListenerIsToldAndThatOfAConnectionIsNot) {
  TestListener listener;
  TestListener other;
  int ends = 0;
  auto watch = WatchListenerEnds(*loop_, listener.port(), [&] { ++ends; });
  if (!watch.ok()) GTEST_SKIP() << watch.status();
  {
    const Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_storage address;
    const socklen_t length = FillSockaddr(*ParseIpAddress("127.0.0.1"), listener.port(), &address);
    ASSERT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
    ASSERT_TRUE(listener.SawConnection());
  }
  other.Close();
  // Were one of those told, it would come before this.
  listener.Close();
  ASSERT_TRUE(RunUntil(*loop_, [&] { return ends > 0; }));
  EXPECT_EQ(ends, 1);
}

TEST_F(SockDiagTest, AnEndedWatchTellsNothing) {
  TestListener listener;
  auto watch = WatchListenerEnds(*loop_, listener.port(), [] { FAIL() << "the watch is gone"; });
  if (!watch.ok()) GTEST_SKIP() << watch.status();
  bool told = false;
  const auto second = WatchListenerEnds(*loop_, listener.port(), [&] { told = true; });
  watch->reset();
  listener.Close();
  EXPECT_TRUE(RunUntil(*loop_, [&] { return told; }));
}

}  // namespace
}  // namespace faultline::host
