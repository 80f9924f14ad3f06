#include "agent/init/listeners.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "agent/host/cgroup.h"
#include "agent/host/sock_diag.h"

namespace faultline::init {

std::string Listener::where() const {
  return absl::StrCat("listens on ", host::FormatEndpoint(address, port),
                      unit.empty() ? "" : absl::StrCat(" (", unit, ")"));
}

std::vector<Listener> FindListeners(std::string* problem) {
  std::vector<Listener> out;
  const auto sockets = host::DumpListeners(0);
  if (!sockets.ok()) {
    *problem = std::string(sockets.status().message());
    return out;
  }
  const std::string root = host::UnifiedCgroupRoot();
  const std::map<uint64_t, std::string> units = host::UnitsByCgroup(root);
  for (const host::ListeningSocket& socket : *sockets) {
    const auto unit = units.find(socket.cgroup_id);
    out.push_back(
        {host::Unmapped(socket.address), socket.port, unit == units.end() ? "" : unit->second});
  }
  std::sort(out.begin(), out.end(), [](const Listener& a, const Listener& b) {
    return std::tie(a.port, a.address) < std::tie(b.port, b.address);
  });
  return out;
}

std::vector<Listener> ListenersOf(const std::vector<Listener>& all, const std::string& unit,
                                  uint16_t port) {
  std::vector<Listener> out;
  const bool owners =
      std::any_of(all.begin(), all.end(), [](const Listener& each) { return !each.unit.empty(); });
  for (const Listener& each : all) {
    if (owners ? each.unit == unit : each.port == port) out.push_back(each);
  }
  return out;
}

std::string ListenerTarget(const std::vector<Listener>& same_port) {
  // One that others can reach is worth more than one on loopback.
  std::set<host::IpAddress> reachable;
  for (const Listener& each : same_port) {
    if (!each.address.is_loopback()) reachable.insert(each.address);
  }
  const Listener& first = same_port.front();
  if (reachable.empty()) return host::FormatEndpoint(first.address, first.port);
  const host::IpAddress& address = *reachable.begin();
  if (reachable.size() > 1 || address.is_any()) return absl::StrCat(first.port);
  return host::FormatEndpoint(address, first.port);
}

}  // namespace faultline::init
