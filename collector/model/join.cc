#include "collector/model/join.h"

#include <algorithm>

namespace faultline::model {
namespace {

bool IsLoopback(const std::string& address) {
  return address.rfind("127.", 0) == 0 || address == "::1";
}

}  // namespace

const HostPicture* HostByAddress(const Hosts& hosts, const HostId& from,
                                 const std::string& address) {
  if (address.empty()) return nullptr;
  if (IsLoopback(address)) {
    const auto self = hosts.find(from);
    return self == hosts.end() ? nullptr : self->second.get();
  }
  const std::vector<const HostPicture*> claimants = Claimants(hosts, from.stack, address);
  return claimants.size() == 1 ? claimants.front() : nullptr;
}

std::vector<const HostPicture*> Claimants(const Hosts& hosts, const StackId& stack,
                                          const std::string& address) {
  std::vector<const HostPicture*> claimants;
  if (address.empty() || IsLoopback(address)) return claimants;
  for (auto it = hosts.lower_bound(HostId{stack, ""});
       it != hosts.end() && it->first.stack == stack; ++it) {
    const auto& addresses = it->second->addresses;
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) continue;
    claimants.push_back(it->second.get());
  }
  return claimants;
}

const HostPicture* OtherEnd(const HostPicture& host, const CheckPicture& check,
                            const Hosts& hosts) {
  if (!check.remote_address.empty()) {
    return HostByAddress(hosts, host.identity.id, check.remote_address);
  }
  // A port whose address is not known (yet) may be anywhere, and so may what is behind a page.
  const bool is_elsewhere = check.id.kind == "port" || check.id.kind == "http";
  return is_elsewhere ? nullptr : &host;
}

}  // namespace faultline::model
