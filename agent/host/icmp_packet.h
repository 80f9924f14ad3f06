// The packets of a ping, as bytes. Pure; everything parsed here is hostile and bounded.
// RFC 792 (ICMP), RFC 4443 (ICMPv6).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace faultline::host {

// ICMP_FILTER of linux/icmp.h, which does not go together with netinet/ip_icmp.h.
inline constexpr int kIcmpFilterOption = 1;

// Random bytes in each request: only who saw the request can answer it.
using EchoToken = std::array<uint8_t, 16>;

struct Echo {
  uint16_t id = 0;
  uint16_t sequence = 0;
  EchoToken token{};

  bool operator==(const Echo&) const = default;
};

inline constexpr size_t kEchoBytes = 8 + sizeof(EchoToken);

// An echo request without IP header. `family`: AF_INET (with checksum) or AF_INET6 (the kernel
// fills it in, it covers the addresses).
std::array<uint8_t, kEchoBytes> BuildEchoRequest(int family, const Echo& echo);

// An echo reply without IP header; nullopt for anything else.
std::optional<Echo> ParseEchoReply(int family, std::span<const uint8_t> message);

// What stands behind the IPv4 header of a packet from a raw ICMP socket; empty when it is none.
std::span<const uint8_t> StripIpv4Header(std::span<const uint8_t> packet);

// The start of an echo request that an ICMP error quotes: at least the header, so the token is not
// there.
struct QuotedEcho {
  uint16_t id = 0;
  uint16_t sequence = 0;
};
std::optional<QuotedEcho> ParseQuotedEcho(int family, std::span<const uint8_t> quoted);

}  // namespace faultline::host
