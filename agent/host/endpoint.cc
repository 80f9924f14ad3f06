#include "agent/host/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/host_name.h"

namespace faultline::host {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

absl::Status BadEndpoint(const std::string& why) {
  return absl::InvalidArgumentError(
      absl::StrCat(why, "; write host:port like 10.0.2.10:3306, db.internal:3306 or [::1]:3306"));
}

}  // namespace

bool IpAddress::is_any() const {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
}

bool IpAddress::is_loopback() const {
  if (family == AF_INET) return bytes[0] == 127;
  return std::all_of(bytes.begin(), bytes.end() - 1, [](uint8_t b) { return b == 0; }) &&
         bytes[15] == 1;
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (family == AF_UNSPEC || inet_ntop(family, bytes.data(), text, sizeof(text)) == nullptr) {
    return "";
  }
  return text;
}

IpAddress Unmapped(const IpAddress& address) {
  if (address.family != AF_INET6 ||
      !std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin())) {
    return address;
  }
  IpAddress v4;
  v4.family = AF_INET;
  std::copy(address.bytes.begin() + 12, address.bytes.end(), v4.bytes.begin());
  return v4;
}

std::optional<IpAddress> ParseIpAddress(const std::string& text) {
  IpAddress address;
  for (int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, text.c_str(), address.bytes.data()) == 1) {
      address.family = family;
      return address;
    }
  }
  return std::nullopt;
}

absl::StatusOr<HostPort> ParseHostPort(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return BadEndpoint(absl::StrCat("\"", text, "\" has no port"));
  HostPort endpoint;
  endpoint.host = text.substr(0, colon);
  const std::string port_text = text.substr(colon + 1);
  int port = 0;
  if (port_text.find_first_not_of("0123456789") != std::string::npos ||
      !absl::SimpleAtoi(port_text, &port) || port < 1 || port > 65535) {
    return BadEndpoint(absl::StrCat("\"", port_text, "\" is not a port (1 to 65535)"));
  }
  endpoint.port = static_cast<uint16_t>(port);
  std::string& host = endpoint.host;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    const std::optional<IpAddress> address = ParseIpAddress(host);
    if (!address.has_value() || address->family != AF_INET6) {
      return BadEndpoint(absl::StrCat("\"", host, "\" is not an IPv6 address"));
    }
    return endpoint;
  }
  if (!IsHostName(host)) {
    return BadEndpoint(absl::StrCat("\"", host, "\" is neither a host name nor an address"));
  }
  return endpoint;
}

std::string FormatEndpoint(const IpAddress& address, uint16_t port) {
  if (address.family == AF_INET6) return absl::StrCat("[", address.ToString(), "]:", port);
  return absl::StrCat(address.ToString(), ":", port);
}

socklen_t FillSockaddr(const IpAddress& address, uint16_t port, sockaddr_storage* out) {
  std::memset(out, 0, sizeof(*out));
  out->ss_family = static_cast<sa_family_t>(address.family);
  if (address.family == AF_INET) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(out);
    v4->sin_port = htons(port);
    std::memcpy(&v4->sin_addr, address.bytes.data(), 4);
    return sizeof(*v4);
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(out);
  v6->sin6_port = htons(port);
  std::memcpy(&v6->sin6_addr, address.bytes.data(), 16);
  return sizeof(*v6);
}

IpAddress FromSockaddr(const sockaddr_storage& from) {
  IpAddress address;
  if (from.ss_family == AF_INET) {
    address.family = AF_INET;
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in&>(from).sin_addr, 4);
  } else if (from.ss_family == AF_INET6) {
    address.family = AF_INET6;
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, 16);
  }
  return address;
}

}  // namespace faultline::host
