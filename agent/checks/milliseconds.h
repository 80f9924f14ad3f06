// A short time for people: "0.4ms", "1203.0ms".
#pragma once

#include <string>

#include "absl/strings/str_format.h"
#include "common/clock.h"

namespace faultline::checks {

inline std::string Milliseconds(Span span) {
  return absl::StrFormat("%.1fms", static_cast<double>(span.ns) / 1e6);
}

}  // namespace faultline::checks
