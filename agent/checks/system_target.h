// The target of checks that there is one of on a host.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/config/config.h"

namespace faultline::checks {

inline absl::Status RequireTarget(const config::CheckConfig& check, const char* target) {
  if (check.id.target == target) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("target: \"", check.id.target, "\" is not what ",
                                                 check.id.kind, " checks look at; write ", target));
}

}  // namespace faultline::checks
