// Numeric addresses and host:port as people write them. Pure text and bytes, no name is resolved.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace faultline::host {

// An IPv4 or IPv6 address in network byte order; IPv4 uses the first four bytes, the rest are 0.
struct IpAddress {
  int family = AF_UNSPEC;
  std::array<uint8_t, 16> bytes{};

  auto operator<=>(const IpAddress&) const = default;
  size_t size() const { return family == AF_INET ? 4 : 16; }
  bool is_any() const;       // 0.0.0.0 or ::
  bool is_loopback() const;  // 127.0.0.0/8 or ::1
  std::string ToString() const;
};

// ::ffff:10.0.2.10 as 10.0.2.10; everything else unchanged.
IpAddress Unmapped(const IpAddress& address);

// "10.0.2.10" or "fe80::1" (no brackets, no scope).
std::optional<IpAddress> ParseIpAddress(const std::string& text);

struct HostPort {
  std::string host;  // a name or a numeric address, brackets removed
  uint16_t port = 0;
};

// "db.internal:3306", "10.0.2.10:3306", "[::1]:3306"; a name as in common/host_name.h. The error
// says what a target looks like.
absl::StatusOr<HostPort> ParseHostPort(const std::string& text);

// "10.0.2.10:3306", "[::1]:3306".
std::string FormatEndpoint(const IpAddress& address, uint16_t port);

// Returns the length that goes with it.
socklen_t FillSockaddr(const IpAddress& address, uint16_t port, sockaddr_storage* out);
// Family AF_UNSPEC for anything but IPv4 and IPv6.
IpAddress FromSockaddr(const sockaddr_storage& from);

}  // namespace faultline::host
