// A span as a person says it: one unit, two where it matters.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "common/clock.h"

namespace faultline::checks {

// "45s", "12m", "3h20m", "2d5h", "61d".
inline std::string RoughSpan(Span span) {
  const int64_t seconds = span.ns / 1'000'000'000;
  if (seconds < 60) return absl::StrCat(seconds, "s");
  const int64_t minutes = seconds / 60;
  if (minutes < 60) return absl::StrCat(minutes, "m");
  const int64_t hours = minutes / 60;
  if (hours < 24) {
    return minutes % 60 == 0 ? absl::StrCat(hours, "h")
                             : absl::StrCat(hours, "h", minutes % 60, "m");
  }
  const int64_t days = hours / 24;
  if (days >= 10 || hours % 24 == 0) return absl::StrCat(days, "d");
  return absl::StrCat(days, "d", hours % 24, "h");
}

}  // namespace faultline::checks
