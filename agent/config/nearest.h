// "Did you mean": the known name that a mistyped one is closest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faultline::config {

// Number of single-character insertions, deletions, replacements and swaps of neighbours between
// two names. Names longer than 64 bytes count as far apart (64) so that hostile input costs
// nothing.
int EditDistance(std::string_view a, std::string_view b);

// The closest of `known`, or empty when none is close enough to be what was meant.
std::string Nearest(std::string_view name, const std::vector<std::string>& known);

// "; did you mean \"port\"?" or, when nothing is close, "; known: certificate, listener, ...".
std::string Suggestion(std::string_view name, const std::vector<std::string>& known);

}  // namespace faultline::config
