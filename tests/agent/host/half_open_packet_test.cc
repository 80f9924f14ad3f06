#include "agent/host/half_open_packet.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace faultline::host {
namespace {

using Packet = std::vector<uint8_t>;

SynSent Syn(const std::string& source = "10.0.1.5", const std::string& target = "10.0.2.10") {
  return {*ParseIpAddress(source), *ParseIpAddress(target), 40000, 3306, 0x01020304};
}

void Put16(Packet* out, size_t at, uint16_t value) {
  (*out)[at] = static_cast<uint8_t>(value >> 8);
  (*out)[at + 1] = static_cast<uint8_t>(value);
}
void Put32(Packet* out, size_t at, uint32_t value) {
  Put16(out, at, static_cast<uint16_t>(value >> 16));
  Put16(out, at + 2, static_cast<uint16_t>(value));
}

Packet Ipv4Header(const IpAddress& from, const IpAddress& to, uint8_t protocol) {
  Packet header(20);
  header[0] = 0x45;
  header[8] = 64;
  header[9] = protocol;
  std::copy_n(from.bytes.begin(), 4, header.begin() + 12);
  std::copy_n(to.bytes.begin(), 4, header.begin() + 16);
  return header;
}

// The target's answer to Syn() with these flags.
Packet Answer(uint8_t flags) {
  Packet packet = Ipv4Header(Syn().target, Syn().source, IPPROTO_TCP);
  packet.resize(40);
  Put16(&packet, 20, 3306);
  Put16(&packet, 22, 40000);
  Put32(&packet, 24, 777);
  Put32(&packet, 28, 0x01020305);
  packet[32] = 0x50;
  packet[33] = flags;
  return packet;
}

// A router's complaint about Syn().
Packet Icmp(uint8_t type, uint8_t code) {
  Packet packet = Ipv4Header(*ParseIpAddress("10.0.1.1"), Syn().source, IPPROTO_ICMP);
  packet.resize(28);
  packet[20] = type;
  packet[21] = code;
  const Packet quoted = Ipv4Header(Syn().source, Syn().target, IPPROTO_TCP);
  packet.insert(packet.end(), quoted.begin(), quoted.end());
  const auto segment = BuildSyn(Syn());
  packet.insert(packet.end(), segment.begin(), segment.begin() + 8);
  return packet;
}

constexpr uint8_t kSynAck = 0x12;
constexpr uint8_t kRstAck = 0x14;

TEST(HalfOpenPacketTest, TheChecksumOfASynIsRight) {
  for (const SynSent& syn : {Syn(), Syn("2001:db8::5", "2001:db8::10")}) {
    const auto segment = BuildSyn(syn);
    uint32_t sum = IPPROTO_TCP + static_cast<uint32_t>(segment.size());
    const auto add = [&sum](auto begin, size_t size) {
      for (size_t i = 0; i < size; i += 2) sum += begin[i] << 8 | begin[i + 1];
    };
    add(syn.source.bytes.begin(), syn.source.size());
    add(syn.target.bytes.begin(), syn.target.size());
    add(segment.begin(), segment.size());
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    EXPECT_EQ(sum, 0xffffU);
    EXPECT_EQ(segment[13], 0x02);  // SYN and nothing else
  }
}

TEST(HalfOpenPacketTest, SynAckIsOpenAndRstIsRefused) {
  EXPECT_EQ(ParseIpv4TcpAnswer(Answer(kSynAck), Syn())->kind, TcpAnswerKind::kOpen);
  EXPECT_EQ(ParseIpv4TcpAnswer(Answer(kRstAck), Syn())->kind, TcpAnswerKind::kRefused);
}

TEST(HalfOpenPacketTest, WhatDoesNotAnswerOurSynIsNotOurs) {
  const std::vector<std::pair<const char*, std::function<void(Packet*)>>> changes = {
      {"another acknowledged number", [](Packet* p) { Put32(p, 28, 0x01020306); }},
      {"our own number back", [](Packet* p) { Put32(p, 28, 0x01020304); }},
      {"a RST without ACK", [](Packet* p) { (*p)[33] = 0x04; }},
      {"data", [](Packet* p) { (*p)[33] = 0x18; }},
      {"SYN and FIN", [](Packet* p) { (*p)[33] = 0x13; }},
      {"a SYN of the other side", [](Packet* p) { (*p)[33] = 0x02; }},
      {"another source port", [](Packet* p) { Put16(p, 20, 3307); }},
      {"another destination port", [](Packet* p) { Put16(p, 22, 40001); }},
      {"another source", [](Packet* p) { (*p)[15] = 11; }},
      {"another destination", [](Packet* p) { (*p)[19] = 6; }},
      {"UDP", [](Packet* p) { (*p)[9] = IPPROTO_UDP; }},
      {"IP version 6 in an IPv4 socket", [](Packet* p) { (*p)[0] = 0x65; }},
      {"a header length below 20", [](Packet* p) { (*p)[0] = 0x44; }},
      {"a header length beyond the packet", [](Packet* p) { (*p)[0] = 0x4f; }},
      {"a later fragment", [](Packet* p) { Put16(p, 6, 3); }},
  };
  for (const auto& [name, change] : changes) {
    Packet packet = Answer(kSynAck);
    change(&packet);
    EXPECT_FALSE(ParseIpv4TcpAnswer(packet, Syn()).has_value()) << name;
  }
}

TEST(HalfOpenPacketTest, IpOptionsMoveTheSegment) {
  Packet packet = Answer(kSynAck);
  packet[0] = 0x46;
  packet.insert(packet.begin() + 20, {1, 1, 1, 1});
  EXPECT_EQ(ParseIpv4TcpAnswer(packet, Syn())->kind, TcpAnswerKind::kOpen);
}

TEST(HalfOpenPacketTest, EveryTruncationIsRefused) {
  const Packet whole = Answer(kSynAck);
  for (size_t n = 0; n < whole.size(); ++n) {
    EXPECT_FALSE(ParseIpv4TcpAnswer(std::span(whole).first(n), Syn()).has_value()) << n;
  }
  const Packet icmp = Icmp(3, 1);
  for (size_t n = 0; n < icmp.size(); ++n) {
    EXPECT_FALSE(ParseIpv4IcmpError(std::span(icmp).first(n), Syn()).has_value()) << n;
  }
}

TEST(HalfOpenPacketTest, RandomBytesNeverAnswer) {
  uint64_t state = 42;
  for (int i = 0; i < 200'000; ++i) {
    Packet packet(i % 128);
    for (uint8_t& byte : packet) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      byte = static_cast<uint8_t>(state >> 56);
    }
    if (!packet.empty() && i % 2 == 0) packet[0] = 0x45;
    EXPECT_FALSE(ParseIpv4TcpAnswer(packet, Syn()).has_value());
    EXPECT_FALSE(ParseIpv4IcmpError(packet, Syn()).has_value());
    const SynSent v6 = Syn("2001:db8::5", "2001:db8::10");
    EXPECT_FALSE(ParseTcpAnswer(packet, v6.target, v6).has_value());
    EXPECT_FALSE(ParseIcmpv6Error(packet, v6.target, v6).has_value());
  }
}

TEST(HalfOpenPacketTest, IcmpErrorsAboutOurSynAreNamed) {
  const std::vector<std::tuple<int, int, std::optional<TcpAnswerKind>>> table = {
      {3, 0, TcpAnswerKind::kNetUnreachable},
      {3, 1, TcpAnswerKind::kHostUnreachable},
      {3, 3, TcpAnswerKind::kRefused},
      {3, 9, TcpAnswerKind::kAdminProhibited},
      {3, 10, TcpAnswerKind::kAdminProhibited},
      {3, 13, TcpAnswerKind::kAdminProhibited},
      {11, 0, TcpAnswerKind::kHostUnreachable},
      {3, 4, std::nullopt},
      {0, 0, std::nullopt},
      {5, 1, std::nullopt},
      {3, 200, std::nullopt}};
  for (const auto& [type, code, kind] : table) {
    const auto answer =
        ParseIpv4IcmpError(Icmp(static_cast<uint8_t>(type), static_cast<uint8_t>(code)), Syn());
    ASSERT_EQ(answer.has_value(), kind.has_value()) << type << "/" << code;
    if (!answer.has_value()) continue;
    EXPECT_EQ(answer->kind, *kind) << type << "/" << code;
    EXPECT_TRUE(answer->by_icmp);
    EXPECT_EQ(answer->from.ToString(), "10.0.1.1");
  }
}

TEST(HalfOpenPacketTest, IcmpErrorsAboutOthersAreNotOurs) {
  for (const size_t at : {size_t{28 + 12}, size_t{28 + 16}, size_t{28 + 9}, size_t{48}, size_t{50},
                          size_t{52}, size_t{55}}) {
    Packet packet = Icmp(3, 1);
    packet[at] ^= 0x01;
    EXPECT_FALSE(ParseIpv4IcmpError(packet, Syn()).has_value()) << "byte " << at;
  }
}

TEST(HalfOpenPacketTest, Icmpv6ErrorsAreNamedToo) {
  const SynSent syn = Syn("2001:db8::5", "2001:db8::10");
  Packet message(8 + 40);
  message[0] = 1;
  message[1] = 1;
  message[8] = 0x60;
  message[8 + 6] = IPPROTO_TCP;
  std::copy(syn.source.bytes.begin(), syn.source.bytes.end(), message.begin() + 16);
  std::copy(syn.target.bytes.begin(), syn.target.bytes.end(), message.begin() + 32);
  const auto segment = BuildSyn(syn);
  message.insert(message.end(), segment.begin(), segment.end());
  const auto answer = ParseIcmpv6Error(message, *ParseIpAddress("2001:db8::1"), syn);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->kind, TcpAnswerKind::kAdminProhibited);
  EXPECT_EQ(answer->from.ToString(), "2001:db8::1");
}

}  // namespace
}  // namespace faultline::host
