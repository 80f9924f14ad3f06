// The packets of a half-open probe, as bytes. Pure; everything parsed here is hostile and bounded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "agent/host/endpoint.h"
#include "agent/host/tcp_prober.h"

namespace faultline::host {

// The SYN of one attempt: what an answer must fit. Both addresses have the same family.
struct SynSent {
  IpAddress source;
  IpAddress target;
  uint16_t source_port = 0;
  uint16_t target_port = 0;
  uint32_t sequence = 0;
};

inline constexpr size_t kSynBytes = 24;  // TCP header and an MSS option

// The TCP segment (no IP header) with its checksum.
std::array<uint8_t, kSynBytes> BuildSyn(const SynSent& syn);

// A TCP segment that came from `from`, without IP header. nullopt unless it answers `syn`: the
// acknowledged number must fit, so that a forger has to see our packets.
std::optional<TcpAnswer> ParseTcpAnswer(std::span<const uint8_t> segment, const IpAddress& from,
                                        const SynSent& syn);

// A packet from a raw IPv4 TCP socket, with its IP header.
std::optional<TcpAnswer> ParseIpv4TcpAnswer(std::span<const uint8_t> packet, const SynSent& syn);

// A packet from a raw IPv4 ICMP socket, with its IP header: an error about our SYN, or nullopt.
std::optional<TcpAnswer> ParseIpv4IcmpError(std::span<const uint8_t> packet, const SynSent& syn);

// A message from a raw ICMPv6 socket (no IP header) that came from `from`.
std::optional<TcpAnswer> ParseIcmpv6Error(std::span<const uint8_t> message, const IpAddress& from,
                                          const SynSent& syn);

}  // namespace faultline::host
