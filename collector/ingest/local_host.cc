#include "collector/ingest/local_host.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/log.h"

namespace faultline::ingest {
namespace {

std::set<std::string> OwnAddresses() {
  std::set<std::string> own;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) {
    LogWarning(absl::StrCat("cannot read this machine's addresses: ", strerror(errno),
                            "; the agent beside the collector is taken for one elsewhere"));
    return own;
  }
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    std::array<char, NI_MAXHOST> text{};
    const auto length =
        static_cast<socklen_t>(family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    if (getnameinfo(each->ifa_addr, length, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) !=
        0) {
      continue;
    }
    const std::string address = text.data();
    own.insert(address.substr(0, address.find('%')));  // without the interface
  }
  freeifaddrs(list);
  return own;
}

}  // namespace

bool IsThisHost(const std::vector<std::string>& addresses) {
  if (addresses.empty()) return false;
  const std::set<std::string> own = OwnAddresses();
  return std::all_of(addresses.begin(), addresses.end(),
                     [&](const std::string& address) { return own.contains(address); });
}

}  // namespace faultline::ingest
