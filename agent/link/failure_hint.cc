#include "agent/link/failure_hint.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace faultline::link {

std::string FailureHint(const std::string& text, const std::string& address_field,
                        const std::string& tls_hint) {
  if (absl::StrContains(text, "andshake") || absl::StrContains(text, "peer certificate")) {
    return tls_hint;
  }
  if (absl::StrContains(text, "DNS") || absl::StrContains(text, "resol")) {
    return absl::StrCat("; does the name in ", address_field, " resolve?");
  }
  if (absl::StrContains(text, "Connection refused")) {
    return absl::StrCat("; is the collector running, and ", address_field, " right?");
  }
  return "";
}

}  // namespace faultline::link
