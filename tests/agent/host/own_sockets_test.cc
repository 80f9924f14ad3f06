#include "agent/host/own_sockets.h"

#include <gtest/gtest.h>
#include <sys/un.h>

#include <cstring>

#include "tests/agent/host/tcp_testing.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

Fd ConnectTo(const TestListener& listener) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage storage;
  const socklen_t size = FillSockaddr(*ParseIpAddress("127.0.0.1"), listener.port(), &storage);
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&storage), size), 0);
  return fd;
}
PeerName NameOf(const TestListener& listener) {
  return "127.0.0.1:" + std::to_string(listener.port());
}

TEST(OwnSockets, TheOneNewConnectionToAPeerIsFound) {
  const TestListener listener;
  const TestListener another;
  const Fd before = ConnectTo(listener);
  const auto known = ConnectionsTo(NameOf(listener));
  EXPECT_EQ(known.size(), 1u);
  const Fd elsewhere = ConnectTo(another);
  const Fd wanted = ConnectTo(listener);
  const Fd found = DuplicateNewConnection(NameOf(listener), known);
  ASSERT_TRUE(found.valid());
  EXPECT_NE(found.get(), wanted.get());
  EXPECT_EQ(SocketCookie(found.get()), SocketCookie(wanted.get()));
}

TEST(OwnSockets, OfTwoNewOnesNobodyCanTellWhichIsMeant) {
  const TestListener listener;
  const Fd one = ConnectTo(listener);
  const Fd two = ConnectTo(listener);
  EXPECT_FALSE(DuplicateNewConnection(NameOf(listener), {}).valid());
}

TEST(OwnSockets, WhatNobodyReadsIsAcknowledgedAllTheSame) {
  const TestListener listener;
  const Fd one = ConnectTo(listener);
  ASSERT_EQ(send(one.get(), "hello", 5, MSG_NOSIGNAL), 5);
  EXPECT_EQ(IsAllAcknowledged(one.get()), true) << "over loopback it is there at once";
}

TEST(OwnSockets, OfWhatIsNoTcpConnectionNothingIsSaid) {
  const Fd local(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(IsAllAcknowledged(local.get()), std::nullopt);
  EXPECT_EQ(IsAllAcknowledged(-1), std::nullopt);
}

TEST(OwnSockets, ADuplicateIsTheSameConnection) {
  const TestListener listener;
  const Fd one = ConnectTo(listener);
  const Fd again = DuplicateNewConnection(NameOf(listener), {});
  EXPECT_TRUE(DuplicateNewConnection(NameOf(listener), {}).valid());
}

TEST(OwnSockets, AUnixSocketIsFoundByItsPath) {
  const fakes::TempDirectory directory;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (directory / "s").c_str(), sizeof(address.sun_path) - 1);
  const Fd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  const Fd client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const Fd found = DuplicateNewConnection(directory / "s", {});
  ASSERT_TRUE(found.valid());
  EXPECT_EQ(SocketCookie(found.get()), SocketCookie(client.get()));
}

}  // namespace
}  // namespace faultline::host
