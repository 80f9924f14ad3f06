#include "collector/pipeline/probe_aim.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "collector/model/join.h"

namespace faultline::pipeline {
namespace {

constexpr size_t kMostAddresses = 4;
constexpr size_t kMostPorts = 8;
constexpr int kSshPort = 22;

template <typename T>
void AddUpTo(size_t most, const T& value, std::vector<T>& to) {
  if (to.size() < most && std::find(to.begin(), to.end(), value) == to.end()) to.push_back(value);
}

// Not usable from elsewhere.
bool IsOfOneLink(const std::string& address) {
  return absl::StartsWith(address, "169.254.") || absl::StartsWithIgnoreCase(address, "fe80:");
}

// Of a listener: "3306", "10.0.2.10:3306"; 0 where it is for the host itself alone.
int PortOfListener(const std::string& target) {
  const bool is_local = absl::StartsWith(target, "127.") || absl::StartsWith(target, "[::1]") ||
                        absl::StartsWith(target, "localhost:");
  int port = 0;
  const bool is_port = absl::SimpleAtoi(target.substr(target.rfind(':') + 1), &port);
  return !is_local && is_port && port > 0 && port <= 65'535 ? port : 0;
}

// Where a page is that the host asks itself for: its clients ask from elsewhere.
int PortOfOwnPage(const model::CheckPicture& check, const std::vector<std::string>& own) {
  const std::string& address = check.remote_address;
  const bool is_here = address == "::1" || absl::StartsWith(address, "127.") ||
                       std::find(own.begin(), own.end(), address) != own.end();
  return check.id.kind == "http" && is_here ? check.remote_port : 0;
}

}  // namespace

ProbeAim AimAt(const HostId& host, const model::Hosts& hosts) {
  ProbeAim aim;
  const auto found = hosts.find(host);
  if (found == hosts.end()) return aim;
  const auto is_its_alone = [&](const std::string& address) {
    const model::HostPicture* owner = model::HostByAddress(hosts, host, address);
    return owner != nullptr && owner->identity.id == host && !IsOfOneLink(address);
  };
  std::vector<std::string> own;
  std::copy_if(found->second->addresses.begin(), found->second->addresses.end(),
               std::back_inserter(own), is_its_alone);
  for (auto it = hosts.lower_bound(HostId{host.stack, ""});
       it != hosts.end() && it->first.stack == host.stack; ++it) {
    if (it->first == host) continue;
    for (const auto& [id, check] : it->second->checks) {
      if (std::find(own.begin(), own.end(), check.remote_address) == own.end()) continue;
      AddUpTo(kMostAddresses, check.remote_address, aim.addresses);
      if (check.remote_port > 0) AddUpTo(kMostPorts, check.remote_port, aim.ports);
    }
  }
  for (const std::string& address : own) AddUpTo(kMostAddresses, address, aim.addresses);
  for (const auto& [id, check] : found->second->checks) {
    const int port = id.kind == "listener" ? PortOfListener(id.target) : PortOfOwnPage(check, own);
    if (port > 0) AddUpTo(kMostPorts, port, aim.ports);
  }
  AddUpTo(kMostPorts, kSshPort, aim.ports);
  return aim;
}

}  // namespace faultline::pipeline
