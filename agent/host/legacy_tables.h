// Which tables of legacy iptables this network namespace has. They stand beside nftables' and both
// filter; nothing tells of their changes.
#pragma once

#include <string>
#include <vector>

namespace faultline::host {

struct LegacyTables {
  std::vector<std::string> names;  // "filter", "nat", ...
  // The list was the kernel's own for this namespace. False: only root may read it, and `names` are
  // the tables whose kernel modules are loaded, used here or elsewhere ("filter" where the kernel
  // has no modules).
  bool certain = true;
};

// `list` is ip_tables_names or ip6_tables_names in /proc/net, `modules` /proc/modules.
LegacyTables FindLegacyTables(bool six, const std::string& list, const std::string& modules);
LegacyTables FindLegacyTables(bool six);

}  // namespace faultline::host
