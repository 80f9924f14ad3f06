// As whom a systemd service runs, and what that user may read: for a program that root asks whether
// the service will find its files in order.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faultline {

// What unit files say (systemd.exec(5), "CREDENTIALS"); empty: nothing.
struct UnitIdentity {
  std::string user;
  std::string group;
  std::vector<std::string> supplementary;
};

// PURE. Adds what one more file says, the unit's own first, then its drop-ins: the last User= and
// Group= count, SupplementaryGroups= add up until an empty one.
void AddUnitFile(std::string_view text, UnitIdentity* identity);

struct ServiceAccount {
  std::string user;
  std::string group;  // its first one, by name
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // all, as systemd gives them
};

// Of "faultline-agent.service" as it is installed under `root` ("" is the host itself). nullopt
// where there is no such unit, or where it runs as root, as a dynamic user or as one that does not
// exist.
std::optional<ServiceAccount> FindServiceAccount(const std::string& unit,
                                                 const std::string& root = "");

// What keeps `account` from reading the file: the file itself, or the first folder on the way that
// it may not enter. Empty: nothing, or the file is not there. The kernel is asked by a child
// process that has become the account, so access lists count. Only root may ask.
std::string UnreadableFor(const ServiceAccount& account, const std::string& path);

}  // namespace faultline
