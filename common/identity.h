// Who a host is: the URI in its certificate's subject alternative name.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace faultline {

// One application in one environment.
struct StackId {
  std::string stack;  // "shop"
  std::string env;    // "prod"

  auto operator<=>(const StackId&) const = default;
  std::string ToString() const { return env.empty() ? stack : stack + "-" + env; }
};

struct HostId {
  StackId stack;
  std::string host;  // "db-1"

  auto operator<=>(const HostId&) const = default;
};

struct HostIdentity {
  HostId id;
  // "app"; of several roles a list as RoleList makes it, "collector,db"; empty: none.
  std::string role;
};

// Parses "faultline://STACK/HOST?env=ENV&role=ROLE". Every part is 1 to 63 of letters, digits,
// '-', '_' and '.'; role may be absent, or stand there several times (at most kMaxRoles): programs
// of before there were several take the last. Anything else is refused: the text comes from
// outside.
absl::StatusOr<HostIdentity> ParseIdentityUri(std::string_view uri);

// The same the other way round. Every part must be a name.
std::string IdentityUri(const HostIdentity& identity);

// app, db, collector, outside, host: what a host is for, and so which checks it has.
const std::vector<std::string>& HostRoles();

// The one text that means these roles: sorted by letters, each once, "collector,db".
std::string RoleList(std::vector<std::string> roles);
// The roles of such a list, or of one that a person typed ("db, collector"): in its order, without
// blanks and empty ones.
std::vector<std::string> RolesIn(std::string_view list);
inline constexpr size_t kMaxRoles = 16;

// What a stack, an environment or a host may be called anew: 1 to 63 of letters, digits, '.', '-'
// and '_', the first a letter or digit (as scripts/make-certificates has it).
bool IsIdentityName(std::string_view name);

}  // namespace faultline
