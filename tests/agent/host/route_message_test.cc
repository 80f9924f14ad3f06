#include "agent/host/route_message.h"
#include "tests/agent/host/netlink_testing.h"

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cerrno>
#include <cstring>

namespace faultline::host {
namespace {

void AppendRouteAttribute(Bytes* out, uint16_t type, const Bytes& value) {
  rtattr attribute{};
  attribute.rta_type = type;
  attribute.rta_len = static_cast<uint16_t>(sizeof(rtattr) + value.size());
  Append(out, attribute);
  out->insert(out->end(), value.begin(), value.end());
  out->resize((out->size() + 3) & ~size_t{3});
}

Bytes Int(int32_t value) {
  Bytes out;
  Append(&out, value);
  return out;
}

Bytes RoutePayload(uint8_t type = RTN_UNICAST, uint8_t bits = 24, uint32_t flags = 0) {
  rtmsg message{};
  message.rtm_family = AF_INET;
  message.rtm_dst_len = bits;
  message.rtm_type = type;
  message.rtm_table = RT_TABLE_MAIN;
  message.rtm_flags = flags;
  Bytes out;
  Append(&out, message);
  AppendRouteAttribute(&out, RTA_DST, {10, 0, 2, 0});
  return out;
}

Bytes WholeRoute() {
  Bytes payload = RoutePayload();
  AppendRouteAttribute(&payload, RTA_GATEWAY, {10, 0, 1, 1});
  AppendRouteAttribute(&payload, RTA_OIF, Int(7));
  AppendRouteAttribute(&payload, RTA_PREFSRC, {10, 0, 1, 10});
  AppendRouteAttribute(&payload, RTA_TABLE, Int(1000));
  return payload;
}

Bytes LinkPayload(uint32_t flags, const std::string& name) {
  ifinfomsg message{};
  message.ifi_index = 7;
  message.ifi_flags = flags;
  Bytes out;
  Append(&out, message);
  AppendRouteAttribute(&out, IFLA_IFNAME, Bytes(name.c_str(), name.c_str() + name.size() + 1));
  return out;
}

std::vector<RouteMessage> Parse(const Bytes& datagram) {
  std::vector<RouteMessage> out;
  EXPECT_TRUE(ParseRouteMessages(datagram, &out).ok());
  return out;
}

IpAddress Ip(const char* text) { return ParseIpAddress(text).value(); }

TEST(RouteMessageTest, ARouteIsReadWhole) {
  const auto messages = Parse(NetlinkMessage(RTM_NEWROUTE, WholeRoute()));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].kind, RouteMessageKind::kRouteAdded);
  const Route& route = messages[0].route;
  EXPECT_EQ(FormatPrefix(route), "10.0.2.0/24");
  ASSERT_EQ(route.hops.size(), 1u);
  EXPECT_EQ(route.hops[0], (NextHop{Ip("10.0.1.1"), 7}));
  EXPECT_EQ(route.source, Ip("10.0.1.10"));
  EXPECT_EQ(route.table, 1000u);
  EXPECT_FALSE(route.cached);
}

TEST(RouteMessageTest, WhatRefusesIsNamedAndHasNoHop) {
  for (const auto& [type, expected] : {std::pair{RTN_BLACKHOLE, RouteType::kBlackhole},
                                       {RTN_UNREACHABLE, RouteType::kUnreachable},
                                       {RTN_PROHIBIT, RouteType::kProhibit}}) {
    Bytes payload = RoutePayload(static_cast<uint8_t>(type));
    AppendRouteAttribute(&payload, RTA_OIF, Int(1));
    const auto messages = Parse(NetlinkMessage(RTM_DELROUTE, payload));
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].kind, RouteMessageKind::kRouteRemoved);
    EXPECT_EQ(messages[0].route.type, expected);
    EXPECT_TRUE(messages[0].route.hops.empty());
  }
}

Bytes Hop(int interface, uint16_t lying_length = 0) {
  Bytes gateway;
  AppendRouteAttribute(&gateway, RTA_GATEWAY, {10, 0, 1, static_cast<uint8_t>(interface)});
  rtnexthop hop{};
  hop.rtnh_len =
      lying_length != 0 ? lying_length : static_cast<uint16_t>(sizeof(rtnexthop) + gateway.size());
  hop.rtnh_ifindex = interface;
  Bytes out;
  Append(&out, hop);
  out.insert(out.end(), gateway.begin(), gateway.end());
  return out;
}

TEST(RouteMessageTest, SeveralHopsAreReadAndBounded) {
  Bytes hops;
  for (int i = 1; i <= 40; ++i) {
    const Bytes hop = Hop(i);
    hops.insert(hops.end(), hop.begin(), hop.end());
  }
  Bytes payload = RoutePayload();
  AppendRouteAttribute(&payload, RTA_MULTIPATH, hops);
  const auto messages = Parse(NetlinkMessage(RTM_NEWROUTE, payload));
  ASSERT_EQ(messages.size(), 1u);
  ASSERT_EQ(messages[0].route.hops.size(), Route::kMaxHops);
  EXPECT_EQ(messages[0].route.hops[1], (NextHop{Ip("10.0.1.2"), 2}));
}

TEST(RouteMessageTest, AHopThatLiesAboutItsSizeEndsTheList) {
  for (const uint16_t lie : {1, 7, 200, 65535}) {
    Bytes hops = Hop(1);
    const Bytes liar = Hop(2, lie);
    hops.insert(hops.end(), liar.begin(), liar.end());
    Bytes payload = RoutePayload();
    AppendRouteAttribute(&payload, RTA_MULTIPATH, hops);
    const auto messages = Parse(NetlinkMessage(RTM_NEWROUTE, payload));
    ASSERT_EQ(messages.size(), 1u) << lie;
    EXPECT_EQ(messages[0].route.hops.size(), 1u) << lie;
  }
}

TEST(RouteMessageTest, AnAttributeThatLiesAboutItsSizeEndsTheList) {
  for (const uint16_t lie : {0, 1, 3, 200, 65535}) {
    Bytes payload = RoutePayload();
    const size_t at = payload.size();
    AppendRouteAttribute(&payload, RTA_GATEWAY, {10, 0, 1, 1});
    std::memcpy(payload.data() + at, &lie, sizeof(lie));
    AppendRouteAttribute(&payload, RTA_OIF, Int(7));
    const auto messages = Parse(NetlinkMessage(RTM_NEWROUTE, payload));
    ASSERT_EQ(messages.size(), 1u) << lie;
    EXPECT_TRUE(messages[0].route.hops.empty()) << lie;
  }
}

TEST(RouteMessageTest, AnAddressOfTheWrongSizeIsLeftOut) {
  Bytes payload = RoutePayload();
  AppendRouteAttribute(&payload, RTA_GATEWAY, {10, 0, 1});
  AppendRouteAttribute(&payload, RTA_PREFSRC, Bytes(16, 1));
  AppendRouteAttribute(&payload, RTA_VIA, {9, 9, 1});
  AppendRouteAttribute(&payload, RTA_DST, Bytes(40, 1));
  const auto messages = Parse(NetlinkMessage(RTM_NEWROUTE, payload));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_TRUE(messages[0].route.hops.empty());
  EXPECT_EQ(messages[0].route.source.family, AF_UNSPEC);
  EXPECT_EQ(FormatPrefix(messages[0].route), "10.0.2.0/24");
}

TEST(RouteMessageTest, APrefixLongerThanAnAddressIsCut) {
  const auto messages = Parse(NetlinkMessage(RTM_NEWROUTE, RoutePayload(RTN_UNICAST, 255)));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].route.prefix_length, 32);
  EXPECT_TRUE(Covers(messages[0].route, Ip("10.0.2.0")));
}

TEST(RouteMessageTest, WhatALookUpMadeIsMarked) {
  const auto messages =
      Parse(NetlinkMessage(RTM_NEWROUTE, RoutePayload(RTN_UNICAST, 32, RTM_F_CLONED)));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_TRUE(messages[0].route.cached);
}

TEST(RouteMessageTest, OtherFamiliesAndTypesAreLeftOut) {
  Bytes payload = RoutePayload();
  payload[0] = 28;  // AF_MPLS
  EXPECT_TRUE(Parse(NetlinkMessage(RTM_NEWROUTE, payload)).empty());
  EXPECT_TRUE(Parse(NetlinkMessage(RTM_NEWNEIGH, WholeRoute())).empty());
}

TEST(RouteMessageTest, ALinkIsUpAndHasACarrierOrNot) {
  constexpr uint32_t kLowerUp = 1U << 16;
  struct Row {
    uint32_t flags;
    bool up;
    bool carrier;
  };
  for (const Row& row : {Row{0, false, false},
                         {IFF_UP, true, false},
                         {IFF_UP | kLowerUp, true, true},
                         {kLowerUp, false, false}}) {
    const auto messages = Parse(NetlinkMessage(RTM_NEWLINK, LinkPayload(row.flags, "eth0")));
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].link, (Link{7, "eth0", row.up, row.carrier}));
  }
}

TEST(RouteMessageTest, ANameThatIsHostileIsCleaned) {
  const auto messages = Parse(NetlinkMessage(RTM_NEWLINK, LinkPayload(0, "e\n\x1b[2J\xff")));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].link.name.find('\x1b'), std::string::npos);
  EXPECT_EQ(messages[0].link.name.find('\n'), std::string::npos);
}

TEST(RouteMessageTest, ErrorsAndEndsAreTold) {
  struct Row {
    uint16_t type;
    Bytes payload;
    RouteMessageKind kind;
    int error;
  };
  for (const Row& row : {Row{NLMSG_ERROR, Int(-ENETUNREACH), RouteMessageKind::kError, ENETUNREACH},
                         {NLMSG_ERROR, Int(0), RouteMessageKind::kError, EIO},
                         {NLMSG_ERROR, Int(INT32_MIN), RouteMessageKind::kError, EIO},
                         {NLMSG_ERROR, {1}, RouteMessageKind::kError, EIO},
                         {NLMSG_DONE, Int(0), RouteMessageKind::kDone, 0},
                         {NLMSG_DONE, {}, RouteMessageKind::kDone, 0},
                         {NLMSG_DONE, Int(-EINTR), RouteMessageKind::kError, EINTR}}) {
    const auto messages = Parse(NetlinkMessage(row.type, row.payload));
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].kind, row.kind);
    EXPECT_EQ(messages[0].error, row.error);
  }
}

TEST(RouteMessageTest, EveryTruncationIsSafeAndAMalformedLengthIsAnError) {
  Bytes datagram = NetlinkMessage(RTM_NEWROUTE, WholeRoute());
  const Bytes link = NetlinkMessage(RTM_NEWLINK, LinkPayload(IFF_UP, "eth0"));
  datagram.insert(datagram.end(), link.begin(), link.end());
  for (size_t n = 1; n < datagram.size(); ++n) {
    std::vector<RouteMessage> out;
    const Bytes cut(datagram.begin(), datagram.begin() + static_cast<std::ptrdiff_t>(n));
    const bool whole_first = n == datagram.size() - link.size();
    EXPECT_EQ(ParseRouteMessages(cut, &out).ok(), whole_first) << n;
    EXPECT_LE(out.size(), 1u);
  }
  for (const uint32_t lie : {0U, 15U, 100'000U, 0xffffffffU}) {
    Bytes liar = datagram;
    std::memcpy(liar.data(), &lie, sizeof(lie));
    std::vector<RouteMessage> out;
    EXPECT_FALSE(ParseRouteMessages(liar, &out).ok()) << lie;
  }
}

TEST(RouteMessageTest, RandomBytesBehindATrueHeaderAreSafe) {
  uint64_t state = 7;
  for (int i = 0; i < 100'000; ++i) {
    Bytes payload(i % 160);
    for (uint8_t& byte : payload) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      byte = static_cast<uint8_t>(state >> 56);
    }
    if (!payload.empty()) payload[0] = i % 2 == 0 ? AF_INET : AF_INET6;
    std::vector<RouteMessage> out;
    const uint16_t type = i % 3 == 0 ? RTM_NEWLINK : RTM_NEWROUTE;
    EXPECT_TRUE(ParseRouteMessages(NetlinkMessage(type, payload), &out).ok());
    for (const RouteMessage& message : out) {
      EXPECT_LE(message.route.prefix_length, 128);
      EXPECT_LE(message.route.hops.size(), Route::kMaxHops);
      EXPECT_LE(message.link.name.size(), size_t{IFNAMSIZ});
    }
  }
}

TEST(RouteMessageTest, CoversComparesThePrefixBitByBit) {
  struct Row {
    const char* destination;
    int bits;
    const char* address;
    bool covers;
  };
  for (const Row& row : {Row{"10.0.2.0", 24, "10.0.2.10", true},
                         {"10.0.2.0", 24, "10.0.3.10", false},
                         {"10.0.2.0", 23, "10.0.3.10", true},
                         {"10.0.2.8", 30, "10.0.2.12", false},
                         {"10.0.2.10", 32, "10.0.2.10", true},
                         {"0.0.0.0", 0, "10.0.2.10", true},
                         {"0.0.0.0", 0, "fd00::1", false},
                         {"fd00:2::", 64, "fd00:2::10", true},
                         {"fd00:2::", 64, "fd00:2:0:1::10", false}}) {
    Route route;
    route.destination = Ip(row.destination);
    route.prefix_length = row.bits;
    EXPECT_EQ(Covers(route, Ip(row.address)), row.covers) << row.destination << "/" << row.bits;
  }
}

}  // namespace
}  // namespace faultline::host
