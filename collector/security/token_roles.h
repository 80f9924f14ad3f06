// Which roles a host gets with a token. PURE.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "collector/security/registry.h"

namespace faultline::security {

// `asked` is what the host says of itself, unchecked, as enrolment.proto has it; the answer is a
// RoleList. InvalidArgument says what is wrong with "role" and what to do.
absl::StatusOr<std::string> RolesFor(const std::string& asked, const StoredToken& token);

}  // namespace faultline::security
