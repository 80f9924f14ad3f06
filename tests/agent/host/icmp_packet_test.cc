#include "agent/host/icmp_packet.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>
#include <vector>

namespace faultline::host {
namespace {

using Packet = std::vector<uint8_t>;

Echo Sample() {
  Echo echo{.id = 0x1234, .sequence = 0xfffe};
  for (size_t i = 0; i < echo.token.size(); ++i) echo.token[i] = static_cast<uint8_t>(i * 17);
  return echo;
}

// The reply of a well-behaved target.
Packet Reply(int family) {
  const auto request = BuildEchoRequest(family, Sample());
  Packet reply(request.begin(), request.end());
  reply[0] = family == AF_INET ? 0 : 129;
  return reply;
}

Packet InIpv4(const Packet& message) {
  Packet packet(20);
  packet[0] = 0x45;
  packet[9] = IPPROTO_ICMP;
  packet.insert(packet.end(), message.begin(), message.end());
  return packet;
}

TEST(IcmpPacketTest, TheChecksumOfARequestIsRight) {
  const auto request = BuildEchoRequest(AF_INET, Sample());
  uint32_t sum = 0;
  for (size_t i = 0; i < request.size(); i += 2) sum += request[i] << 8 | request[i + 1];
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  EXPECT_EQ(sum, 0xffffU);
  EXPECT_EQ(request[0], 8);
  EXPECT_EQ(BuildEchoRequest(AF_INET6, Sample())[0], 128);
}

TEST(IcmpPacketTest, AReplyBringsBackWhatWasSent) {
  for (const int family : {AF_INET, AF_INET6}) {
    const auto reply = ParseEchoReply(family, Reply(family));
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(*reply, Sample());
  }
}

TEST(IcmpPacketTest, WhatIsNoReplyIsRefused) {
  EXPECT_FALSE(ParseEchoReply(AF_INET, BuildEchoRequest(AF_INET, Sample())).has_value());
  EXPECT_FALSE(ParseEchoReply(AF_INET, Reply(AF_INET6)).has_value()) << "of the other family";
  Packet code = Reply(AF_INET);
  code[1] = 1;
  EXPECT_FALSE(ParseEchoReply(AF_INET, code).has_value());
}

TEST(IcmpPacketTest, EveryTruncationIsRefused) {
  const Packet whole = Reply(AF_INET);
  for (size_t n = 0; n < whole.size(); ++n) {
    EXPECT_FALSE(ParseEchoReply(AF_INET, std::span(whole).first(n)).has_value()) << n;
  }
  const Packet packet = InIpv4(whole);
  for (size_t n = 0; n < packet.size(); ++n) {
    EXPECT_FALSE(ParseEchoReply(AF_INET, StripIpv4Header(std::span(packet).first(n))).has_value())
        << n;
  }
  const auto request = BuildEchoRequest(AF_INET, Sample());
  for (size_t n = 0; n < 8; ++n) {
    EXPECT_FALSE(ParseQuotedEcho(AF_INET, std::span(request).first(n)).has_value()) << n;
  }
}

TEST(IcmpPacketTest, AnIpv4HeaderThatLiesIsRefused) {
  const std::vector<std::pair<const char*, std::function<void(Packet*)>>> changes = {
      {"IP version 6", [](Packet* p) { (*p)[0] = 0x65; }},
      {"a header length below 20", [](Packet* p) { (*p)[0] = 0x44; }},
      {"TCP", [](Packet* p) { (*p)[9] = IPPROTO_TCP; }},
      {"a later fragment", [](Packet* p) { (*p)[7] = 3; }},
  };
  for (const auto& [name, change] : changes) {
    Packet packet = InIpv4(Reply(AF_INET));
    ASSERT_FALSE(StripIpv4Header(packet).empty());
    change(&packet);
    EXPECT_TRUE(StripIpv4Header(packet).empty()) << name;
  }
  Packet beyond = InIpv4({});
  beyond[0] = 0x4f;
  EXPECT_TRUE(StripIpv4Header(beyond).empty()) << "a header length beyond the packet";
}

TEST(IcmpPacketTest, AQuotedRequestIsKnownByIdAndSequence) {
  const auto request = BuildEchoRequest(AF_INET6, Sample());
  const auto quoted = ParseQuotedEcho(AF_INET6, std::span(request).first(8));
  ASSERT_TRUE(quoted.has_value());
  EXPECT_EQ(quoted->id, Sample().id);
  EXPECT_EQ(quoted->sequence, Sample().sequence);
  EXPECT_FALSE(ParseQuotedEcho(AF_INET, request).has_value());
  EXPECT_FALSE(ParseQuotedEcho(AF_INET, Reply(AF_INET)).has_value()) << "no request";
}

TEST(IcmpPacketTest, RandomBytesAreNeverOurReply) {
  uint64_t state = 42;
  for (int i = 0; i < 200'000; ++i) {
    Packet packet(i % 96);
    for (uint8_t& byte : packet) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      byte = static_cast<uint8_t>(state >> 56);
    }
    if (!packet.empty() && i % 2 == 0) packet[0] = 0;
    for (const auto message : {std::span<const uint8_t>(packet), StripIpv4Header(packet)}) {
      const auto reply = ParseEchoReply(AF_INET, message);
      EXPECT_FALSE(reply.has_value() && *reply == Sample());
    }
  }
}

}  // namespace
}  // namespace faultline::host
