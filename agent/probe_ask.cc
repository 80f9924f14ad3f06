#include "agent/probe_ask.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/text.h"

namespace faultline::agent {
namespace {

constexpr int kMaxProbedAddresses = 4;
constexpr int kMaxProbedPorts = 8;
constexpr Span kLeastProbeDeadline = Span::Millis(100);
constexpr Span kMostProbeDeadline = Span::Seconds(5);

absl::Status BadProbe(const std::string& what) { return absl::InvalidArgumentError(what); }

template <typename T>
void AddOnce(const T& value, std::vector<T>& to) {
  if (std::find(to.begin(), to.end(), value) == to.end()) to.push_back(value);
}

}  // namespace

bool IsProbeable(const host::IpAddress& address) {
  const auto& byte = address.bytes;
  if (address.family == AF_UNSPEC || address.is_any() || address.is_loopback()) return false;
  if (address.family == AF_INET) {
    // 0.0.0.0/8 is this network; from 224.0.0.0 on multicast, reserved and broadcast.
    return byte[0] != 0 && byte[0] < 224 && !(byte[0] == 169 && byte[1] == 254);
  }
  // 2000::/3 is what is given out, fc00::/7 is private. Others are link-local, multicast or IPv4 in
  // one of its disguises.
  return (byte[0] & 0xe0) == 0x20 || (byte[0] & 0xfe) == 0xfc;
}

absl::StatusOr<ProbeAsk> ReadProbeAsk(const faultline::v1::ProbeHost& ask,
                                      const std::vector<std::string>& own) {
  if (ask.addresses_size() > kMaxProbedAddresses || ask.ports_size() > kMaxProbedPorts) {
    return BadProbe(absl::StrCat(ask.addresses_size(), " addresses and ", ask.ports_size(),
                                 " ports, at most ", kMaxProbedAddresses, " and ",
                                 kMaxProbedPorts));
  }
  ProbeAsk read{
      .request = ask.request(),
      .deadline = {std::clamp(ask.deadline_ns(), kLeastProbeDeadline.ns, kMostProbeDeadline.ns)}};
  for (const std::string& text : ask.addresses()) {
    const std::optional<host::IpAddress> address = host::ParseIpAddress(text);
    if (!address.has_value() || !IsProbeable(*address)) {
      return BadProbe(absl::StrCat("\"", CleanText(text, 64), "\" is no address of one host"));
    }
    const bool is_own = std::any_of(own.begin(), own.end(), [&](const std::string& one) {
      return host::ParseIpAddress(one) == address;
    });
    if (!is_own) AddOnce(*address, read.addresses);
  }
  if (read.addresses.empty()) return BadProbe("no address but this host's own");
  for (const uint32_t port : ask.ports()) {
    if (port == 0 || port > 65'535) return BadProbe(absl::StrCat(port, " is not a port"));
    AddOnce(static_cast<uint16_t>(port), read.ports);
  }
  return read;
}

}  // namespace faultline::agent
