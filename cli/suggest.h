// "Did you mean ...?" Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command_table.h"

namespace faultline::cli {

// The candidate closest to `typed`, or empty when none is close.
std::string Closest(std::string_view typed, const std::vector<std::string>& candidates);

// Paths of commands ("host list") that somebody who typed these words may have meant, best first,
// at most three. Knows plurals, "ls" and "get", and words in the other order.
std::vector<std::string> SuggestCommands(const std::vector<std::string>& words,
                                         const std::vector<CommandSpec>& commands);

}  // namespace faultline::cli
