// A moment as texts name it. What a check says is stored and read later, so it names moments and
// never how long ago they were.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "common/clock.h"

namespace faultline::checks {

// "03:14:07 UTC", with the date where that is not the day of `now`: "2026-11-22 03:14:07 UTC".
inline std::string MomentWords(WallTime at, WallTime now) {
  const auto text = [](WallTime time) { return FormatForPeople(time); };
  const size_t day = text(at).substr(0, 10) == text(now).substr(0, 10) ? 11 : 0;
  return absl::StrCat(text(at).substr(day, 19 - day), " UTC");
}

}  // namespace faultline::checks
