// sock_diag's answers, put together by hand and then damaged.
#include "agent/host/sock_diag_parse.h"
#include "tests/agent/host/netlink_testing.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <string>

namespace faultline::host {
namespace {

constexpr uint8_t kListen = 10;
constexpr uint8_t kEstablished = 1;

template <typename T>
void AppendDiagAttribute(Bytes* bytes, uint16_t type, T value) {
  Append(bytes, nlattr{static_cast<uint16_t>(sizeof(nlattr) + sizeof(T)), type});
  Append(bytes, value);
  while (bytes->size() % 4 != 0) bytes->push_back(0);
}

Bytes Socket(int family, const std::string& address, uint16_t port, uint8_t state = kListen) {
  inet_diag_msg message{};
  message.idiag_family = static_cast<uint8_t>(family);
  message.idiag_state = state;
  message.id.idiag_sport = htons(port);
  inet_pton(family, address.c_str(), message.id.idiag_src);
  message.idiag_uid = 110;
  message.idiag_rqueue = 2;
  message.idiag_wqueue = 80;
  Bytes payload;
  Append(&payload, message);
  AppendDiagAttribute(&payload, INET_DIAG_SKV6ONLY, uint8_t{1});
  AppendDiagAttribute(&payload, INET_DIAG_CGROUP_ID, uint64_t{4711});
  return NetlinkMessage(SOCK_DIAG_BY_FAMILY, payload);
}

Bytes End(int32_t error = 0) {
  Bytes payload;
  Append(&payload, error);
  return NetlinkMessage(NLMSG_DONE, payload);
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(SockDiagParseTest, AListenerIsReadWithItsQueueOwnerAndCgroup) {
  std::vector<ListeningSocket> out;
  const auto done = ParseListeners(Socket(AF_INET6, "::", 3306) + End(), 3306, &out);
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_TRUE(*done);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].address, *ParseIpAddress("::"));
  EXPECT_EQ(out[0].port, 3306);
  EXPECT_TRUE(out[0].v6_only);
  EXPECT_EQ(out[0].uid, 110u);
  EXPECT_EQ(out[0].cgroup_id, 4711u);
  EXPECT_EQ(out[0].queue_length, 2u);
  EXPECT_EQ(out[0].queue_limit, 80u);
}

TEST(SockDiagParseTest, ADumpMayComeInSeveralDatagrams) {
  std::vector<ListeningSocket> out;
  EXPECT_FALSE(*ParseListeners(Socket(AF_INET, "10.0.2.10", 80), 80, &out));
  EXPECT_FALSE(*ParseListeners(Socket(AF_INET, "127.0.0.1", 80), 80, &out));
  EXPECT_TRUE(*ParseListeners(End(), 80, &out));
  EXPECT_EQ(out.size(), 2u);
}

TEST(SockDiagParseTest, OtherPortsStatesAndFamiliesAreLeftOut) {
  std::vector<ListeningSocket> out;
  EXPECT_TRUE(ParseListeners(Socket(AF_INET, "10.0.2.10", 81) +
                                 Socket(AF_INET, "10.0.2.10", 80, kEstablished) +
                                 Socket(AF_UNIX, "", 80),
                             80, &out)
                  .ok());
  EXPECT_TRUE(out.empty());
}

TEST(SockDiagParseTest, PortZeroStandsForAll) {
  std::vector<ListeningSocket> out;
  EXPECT_TRUE(*ParseListeners(
      Socket(AF_INET, "10.0.2.10", 81) + Socket(AF_INET, "10.0.2.10", 80) + End(), 0, &out));
  EXPECT_EQ(out.size(), 2u);
}

TEST(SockDiagParseTest, ARefusalIsAnErrorAndNoEmptyList) {
  Bytes payload;
  Append(&payload, int32_t{-EPERM});
  std::vector<ListeningSocket> out;
  EXPECT_TRUE(absl::IsPermissionDenied(
      ParseListeners(NetlinkMessage(NLMSG_ERROR, payload), 80, &out).status()));
  EXPECT_FALSE(ParseListeners(NetlinkMessage(NLMSG_ERROR, {}), 80, &out).ok());
  EXPECT_TRUE(absl::IsNotFound(ParseListeners(End(-ENOENT), 80, &out).status()));
  EXPECT_FALSE(ParseListeners(End(INT32_MIN), 80, &out).ok()) << "it has no negative";
}

TEST(SockDiagParseTest, ADumpIsBounded) {
  std::vector<ListeningSocket> out;
  const Bytes one = Socket(AF_INET, "10.0.2.10", 80);
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(ParseListeners(one, 80, &out).ok());
  EXPECT_EQ(out.size(), 4096u);
}

TEST(SockDiagParseTest, NoTruncationIsTakenForAWholeDump) {
  const Bytes whole = Socket(AF_INET, "10.0.2.10", 80) + End();
  for (size_t length = 0; length < whole.size(); ++length) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    std::vector<ListeningSocket> out;
    const auto done = ParseListeners(cut, 80, &out);
    EXPECT_FALSE(done.ok() && *done) << length;
  }
}

TEST(SockDiagParseTest, RandomBytesEndWithoutHarm) {
  std::mt19937 random(11);
  const Bytes good = Socket(AF_INET6, "fe80::1", 80) + Socket(AF_INET, "10.0.2.10", 80) + End();
  std::vector<ListeningSocket> out;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = good;
    for (int change = 0; change < 4; ++change) {
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    }
    out.clear();
    refused += ParseListeners(bytes, 80, &out).ok() ? 0 : 1;
    ASSERT_LE(out.size(), 2u);
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace faultline::host
