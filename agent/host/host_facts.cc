#include "agent/host/host_facts.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <systemd/sd-id128.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <set>

#include "common/boot_id.h"
#include "common/wire_limits.h"

namespace faultline::host {
namespace {

bool IsLinkLocal(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    return (ntohl(v4->sin_addr.s_addr) >> 16) == 0xA9FE;  // 169.254.0.0/16, RFC 3927
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
  return IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr);
}

// sd_id128_get_machine_app_specific(3): any fixed value, of our own.
constexpr sd_id128_t kMachineIdUse =
    SD_ID128_MAKE(5b, 1e, 0c, 57, 9f, 1d, 4a, 60, 8f, 3a, 77, d2, c4, 06, e9, 13);

// Of printable ASCII, at most 64 characters; else empty.
std::string FirstWord(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  const bool good = word.size() <= 64 && std::all_of(word.begin(), word.end(),
                                                     [](char c) { return c > 0x20 && c < 0x7F; });
  return good ? word : "";
}

}  // namespace

std::vector<std::string> HostAddresses() {
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> list(raw, &freeifaddrs);
  std::set<std::string> addresses;
  for (const ifaddrs* entry = raw; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0 ||
        (entry->ifa_flags & IFF_LOOPBACK) != 0) {
      continue;
    }
    const int family = entry->ifa_addr->sa_family;
    if ((family != AF_INET && family != AF_INET6) || IsLinkLocal(entry->ifa_addr)) continue;
    char text[NI_MAXHOST];
    const socklen_t length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (getnameinfo(entry->ifa_addr, length, text, sizeof(text), nullptr, 0, NI_NUMERICHOST) == 0) {
      addresses.insert(text);
    }
    if (addresses.size() == WireLimits::kMaxAddresses) break;
  }
  return {addresses.begin(), addresses.end()};
}

std::string BootId() { return OwnBootId(); }

std::string InstanceId(const std::string& root) {
  std::string asset = FirstWord(root + "/sys/devices/virtual/dmi/id/board_asset_tag");
  if (asset.substr(0, 2) == "i-") return asset;
  if (std::string id = FirstWord(root + "/run/cloud-init/.instance-id"); !id.empty()) return id;
  sd_id128_t id{};
  if (!root.empty() || sd_id128_get_machine_app_specific(kMachineIdUse, &id) != 0) return "";
  char text[SD_ID128_STRING_MAX];
  return sd_id128_to_string(id, text);
}

}  // namespace faultline::host
