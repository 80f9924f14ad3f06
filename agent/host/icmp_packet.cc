#include "agent/host/icmp_packet.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <algorithm>
#include "agent/host/network_order.h"

namespace faultline::host {
namespace {

using Bytes = std::span<const uint8_t>;
constexpr size_t kHeader = 8;

bool IsMessage(Bytes message, int type) {
  return message.size() >= kHeader && message[0] == type && message[1] == 0;
}

}  // namespace

std::array<uint8_t, kEchoBytes> BuildEchoRequest(int family, const Echo& echo) {
  std::array<uint8_t, kEchoBytes> message{};
  message[0] = family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
  Write16(&message[4], echo.id);
  Write16(&message[6], echo.sequence);
  std::copy(echo.token.begin(), echo.token.end(), message.begin() + kHeader);
  if (family == AF_INET) {
    uint32_t sum = 0;
    for (size_t i = 0; i < message.size(); i += 2) sum += Read16(message, i);
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    Write16(&message[2], static_cast<uint16_t>(~sum));
  }
  return message;
}

std::optional<Echo> ParseEchoReply(int family, Bytes message) {
  if (!IsMessage(message, family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) ||
      message.size() < kEchoBytes) {
    return std::nullopt;
  }
  Echo echo;
  echo.id = Read16(message, 4);
  echo.sequence = Read16(message, 6);
  std::copy_n(message.begin() + kHeader, echo.token.size(), echo.token.begin());
  return echo;
}

Bytes StripIpv4Header(Bytes packet) {
  if (packet.size() < 20 || packet[0] >> 4 != 4 || packet[9] != IPPROTO_ICMP) return {};
  const size_t length = size_t{packet[0]} % 16 * 4;
  const bool later_fragment = (Read16(packet, 6) & 0x1fff) != 0;
  if (length < 20 || packet.size() < length || later_fragment) return {};
  return packet.subspan(length);
}

std::optional<QuotedEcho> ParseQuotedEcho(int family, Bytes quoted) {
  if (!IsMessage(quoted, family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST)) return std::nullopt;
  return QuotedEcho{Read16(quoted, 4), Read16(quoted, 6)};
}

}  // namespace faultline::host
