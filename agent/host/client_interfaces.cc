#include "agent/host/client_interfaces.h"

#include <fstream>
#include <set>
#include <sstream>

namespace faultline::host {
namespace {

constexpr size_t kMaxBytes = 256 * 1024;
constexpr size_t kMaxInterfaces = 64;
constexpr size_t kMaxName = 15;  // IFNAMSIZ without its end

// docker, podman, libvirt, Kubernetes, LXC.
bool IsForGuests(const std::string& interface) {
  for (const char* prefix : {"docker", "br-", "veth", "podman", "virbr", "vnet", "cni", "cali",
                             "flannel", "lxc", "lxd", "kube"}) {
    if (interface.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> ParseClientInterfaces(std::string_view routes) {
  std::set<std::string> interfaces;
  std::istringstream lines{std::string(routes.substr(0, kMaxBytes))};
  std::string line;
  std::getline(lines, line);  // the heading
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string interface;
    std::string destination;
    std::string gateway;
    std::string flags;
    std::string skipped;
    std::string mask;
    fields >> interface >> destination >> gateway >> flags >> skipped >> skipped >> skipped >> mask;
    if (mask.empty() || interface.empty() || interface.size() > kMaxName || interface == "lo" ||
        interfaces.size() >= kMaxInterfaces) {
      continue;
    }
    const bool is_default = destination == "00000000" && mask == "00000000";
    if (is_default || !IsForGuests(interface)) interfaces.insert(interface);
  }
  return {interfaces.begin(), interfaces.end()};
}

std::vector<std::string> ClientInterfaces() {
  std::ifstream file("/proc/thread-self/net/route");
  std::string text(kMaxBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  return ParseClientInterfaces(text);
}

}  // namespace faultline::host
