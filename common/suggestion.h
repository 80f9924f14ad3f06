// "Did you mean": the known name that a mistyped one is closest to. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faultline {

// Single-character insertions, deletions, replacements and swaps of neighbours between two names.
// It costs the product of their lengths: bound them.
size_t EditDistance(std::string_view a, std::string_view b);

// The known name that a mistyped one is closest to; "" when none is close.
std::string Nearest(std::string_view name, const std::vector<std::string>& known);

// "; did you mean \"port\"?" or, when nothing is close, "; known: a, b, c": at most 20 of them, and
// how many more there are. Empty when nothing is known. `known` must be fit to be shown.
std::string Suggestion(std::string_view name, const std::vector<std::string>& known);

}  // namespace faultline
