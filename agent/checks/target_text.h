// A remote check's target for people: as configured, and where that is a name its address.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"

namespace faultline::checks {

// "10.0.2.10"; "db.internal (10.0.2.10)". Both may have a port.
inline std::string TargetText(const std::string& target, const std::string& address) {
  return target == address ? target : absl::StrCat(target, " (", address, ")");
}

}  // namespace faultline::checks
