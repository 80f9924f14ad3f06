// The identity of a check on one host: kind:target, with #name where two share a target.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace faultline {

struct CheckId {
  std::string kind;  // "unit": [a-z][a-z0-9_]*, at most 32 bytes
  std::string
      target;        // "mysql.service": as configured, 1 to 256 bytes of UTF-8 as CleanText leaves
  std::string name;  // "" or [A-Za-z0-9_.-]+, at most 64 bytes

  auto operator<=>(const CheckId&) const = default;

  // "unit:mysql.service", "port:10.0.2.10:3306#from-app".
  std::string ToString() const;
};

// Checks the three parts against the limits above. The error names the part.
absl::Status ValidateCheckId(const CheckId& id);

// Parses ToString's form. A target may hold ':' and, when it is followed by something that is not
// a name, '#'.
absl::StatusOr<CheckId> ParseCheckId(std::string_view text);

}  // namespace faultline
