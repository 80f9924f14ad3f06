#include "agent/host/legacy_tables.h"

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxTableLines = 10'000;
constexpr const char* kTables[] = {"filter", "mangle", "nat", "raw", "security"};

bool IsTable(const std::string& name) {
  return std::any_of(std::begin(kTables), std::end(kTables),
                     [&](const char* known) { return name == known; });
}

}  // namespace

LegacyTables FindLegacyTables(bool six, const std::string& list, const std::string& modules) {
  LegacyTables found;
  std::string line;
  errno = 0;
  std::ifstream names(list);
  if (names.is_open()) {
    for (size_t i = 0; i < kMaxTableLines && std::getline(names, line); ++i) {
      if (IsTable(line)) found.names.push_back(line);
    }
    return found;
  }
  // Not there: the kernel has no legacy iptables loaded.
  if (errno != EACCES && errno != EPERM) return found;
  found.certain = false;
  std::ifstream loaded(modules);
  // A kernel without modules has them all built in.
  if (!loaded.is_open()) found.names.emplace_back("filter");
  for (size_t i = 0; i < kMaxTableLines && std::getline(loaded, line); ++i) {
    for (const char* table : kTables) {
      if (absl::StartsWith(line, absl::StrCat(six ? "ip6table_" : "iptable_", table, " "))) {
        found.names.emplace_back(table);
      }
    }
  }
  return found;
}

LegacyTables FindLegacyTables(bool six) {
  return FindLegacyTables(
      six, six ? "/proc/thread-self/net/ip6_tables_names" : "/proc/thread-self/net/ip_tables_names",
      "/proc/modules");
}

}  // namespace faultline::host
