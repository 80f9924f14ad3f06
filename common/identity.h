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
  std::string role;  // "app", "db", "collector", "outside", or empty
};

// Parses "faultline://STACK/HOST?env=ENV&role=ROLE". Every part is 1 to 63 of letters, digits,
// '-', '_' and '.'; role may be absent. Anything else is refused: the text comes from outside.
absl::StatusOr<HostIdentity> ParseIdentityUri(std::string_view uri);

// The same the other way round. Every part must be a name.
std::string IdentityUri(const HostIdentity& identity);

// app, db, collector, outside: what a host is for, and so which checks it has.
const std::vector<std::string>& HostRoles();

// What a stack, an environment or a host may be called anew: 1 to 63 of letters, digits, '.', '-'
// and '_', the first a letter or digit (as scripts/make-certificates has it).
bool IsIdentityName(std::string_view name);

}  // namespace faultline
