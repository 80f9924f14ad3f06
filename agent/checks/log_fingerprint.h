// What makes two log lines "the same error": PURE. Stable over releases: dashboards and silences
// hold on to it (a test keeps the values).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace faultline::checks {

// The line without what varies: words with a digit in them (numbers, times, addresses, UUIDs, hex)
// become '#', quoted text becomes 'Q', runs of spaces become one. In a line that is a JSON object
// double quotes take nothing out: all of its text stands in them.
std::string Skeleton(std::string_view line);

// 64-bit FNV-1a of the skeleton.
uint64_t Fingerprint(std::string_view line);

}  // namespace faultline::checks
