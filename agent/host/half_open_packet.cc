#include "agent/host/half_open_packet.h"

#include <algorithm>
#include "agent/host/network_order.h"

namespace faultline::host {
namespace {

constexpr uint8_t kFin = 0x01;
constexpr uint8_t kSyn = 0x02;
constexpr uint8_t kRst = 0x04;
constexpr uint8_t kAck = 0x10;
constexpr size_t kTcpHeader = 20;
constexpr size_t kIpv6Header = 40;
constexpr uint16_t kWindow = 64240;
constexpr uint16_t kMss = 1460;

using Bytes = std::span<const uint8_t>;

uint32_t Sum(Bytes bytes) {  // even lengths only
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) sum += Read16(bytes, i);
  return sum;
}

IpAddress AddressAt(Bytes packet, size_t at, int family) {
  IpAddress address;
  address.family = family;
  std::copy_n(packet.begin() + static_cast<std::ptrdiff_t>(at), address.size(),
              address.bytes.begin());
  return address;
}

// Length of the IPv4 header at the start of `packet`, 0 if it is none, or not of `protocol`.
size_t Ipv4HeaderLength(Bytes packet, uint8_t protocol) {
  if (packet.size() < 20 || packet[0] >> 4 != 4) return 0;
  const size_t length = size_t{packet[0]} % 16 * 4;
  if (length < 20 || packet.size() < length || packet[9] != protocol) return 0;
  const bool later_fragment = (Read16(packet, 6) & 0x1fff) != 0;
  return later_fragment ? 0 : length;
}

// The first eight bytes of the TCP header that an ICMP error quotes.
bool QuotesSyn(Bytes tcp, const SynSent& syn) {
  return tcp.size() >= 8 && Read16(tcp, 0) == syn.source_port &&
         Read16(tcp, 2) == syn.target_port && Read32(tcp, 4) == syn.sequence;
}

std::optional<TcpAnswer> IcmpAnswer(int family, uint8_t type, uint8_t code, const IpAddress& from) {
  const std::optional<TcpAnswerKind> kind = TcpAnswerFromIcmp(family, type, code);
  if (!kind.has_value()) return std::nullopt;
  return TcpAnswer{.kind = *kind, .by_icmp = true, .from = from};
}

}  // namespace

std::array<uint8_t, kSynBytes> BuildSyn(const SynSent& syn) {
  std::array<uint8_t, kSynBytes> segment{};
  Write16(&segment[0], syn.source_port);
  Write16(&segment[2], syn.target_port);
  Write32(&segment[4], syn.sequence);
  segment[12] = kSynBytes / 4 << 4;
  segment[13] = kSyn;
  Write16(&segment[14], kWindow);
  segment[20] = 2;  // option MSS
  segment[21] = 4;
  Write16(&segment[22], kMss);
  // Pseudo header: addresses, length and protocol sum up the same way in both families.
  uint32_t sum = Sum(Bytes(syn.source.bytes).first(syn.source.size())) +
                 Sum(Bytes(syn.target.bytes).first(syn.target.size())) + IPPROTO_TCP + kSynBytes +
                 Sum(segment);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  Write16(&segment[16], static_cast<uint16_t>(~sum));
  return segment;
}

std::optional<TcpAnswer> ParseTcpAnswer(Bytes segment, const IpAddress& from, const SynSent& syn) {
  if (from != syn.target || segment.size() < kTcpHeader) return std::nullopt;
  if (Read16(segment, 0) != syn.target_port || Read16(segment, 2) != syn.source_port) {
    return std::nullopt;
  }
  const uint8_t flags = segment[13];
  if ((flags & kAck) == 0 || Read32(segment, 8) != syn.sequence + 1) return std::nullopt;
  if ((flags & kRst) != 0) return TcpAnswer{.kind = TcpAnswerKind::kRefused};
  if ((flags & kSyn) != 0 && (flags & kFin) == 0) return TcpAnswer{.kind = TcpAnswerKind::kOpen};
  return std::nullopt;
}

std::optional<TcpAnswer> ParseIpv4TcpAnswer(Bytes packet, const SynSent& syn) {
  const size_t header = Ipv4HeaderLength(packet, IPPROTO_TCP);
  if (header == 0 || AddressAt(packet, 16, AF_INET) != syn.source) return std::nullopt;
  return ParseTcpAnswer(packet.subspan(header), AddressAt(packet, 12, AF_INET), syn);
}

std::optional<TcpAnswer> ParseIpv4IcmpError(Bytes packet, const SynSent& syn) {
  const size_t header = Ipv4HeaderLength(packet, IPPROTO_ICMP);
  if (header == 0 || packet.size() < header + 8) return std::nullopt;
  const Bytes icmp = packet.subspan(header);
  const Bytes quoted = icmp.subspan(8);
  const size_t quoted_header = Ipv4HeaderLength(quoted, IPPROTO_TCP);
  if (quoted_header == 0 || AddressAt(quoted, 12, AF_INET) != syn.source ||
      AddressAt(quoted, 16, AF_INET) != syn.target ||
      !QuotesSyn(quoted.subspan(quoted_header), syn)) {
    return std::nullopt;
  }
  return IcmpAnswer(AF_INET, icmp[0], icmp[1], AddressAt(packet, 12, AF_INET));
}

std::optional<TcpAnswer> ParseIcmpv6Error(Bytes message, const IpAddress& from,
                                          const SynSent& syn) {
  if (message.size() < 8 + kIpv6Header) return std::nullopt;
  const Bytes quoted = message.subspan(8);
  // Our SYN has no extension headers: TCP follows at once.
  if (quoted[0] >> 4 != 6 || quoted[6] != IPPROTO_TCP ||
      AddressAt(quoted, 8, AF_INET6) != syn.source ||
      AddressAt(quoted, 24, AF_INET6) != syn.target ||
      !QuotesSyn(quoted.subspan(kIpv6Header), syn)) {
    return std::nullopt;
  }
  return IcmpAnswer(AF_INET6, message[0], message[1], from);
}

}  // namespace faultline::host
