// The four states of a check, their order and names.
#pragma once

#include <optional>
#include <string_view>

namespace faultline {

// Same numbers as faultline.v1.State on the wire.
enum class State { kUnspecified = 0, kOk = 1, kWarning = 2, kCritical = 3, kUnknown = 4 };

// "OK", "WARNING", "CRITICAL", "UNKNOWN"; "UNSPECIFIED" for anything else.
std::string_view StateName(State state);

// The reverse, exact upper-case names only.
std::optional<State> ParseState(std::string_view name);

// For sorting, worst first: CRITICAL 3, WARNING 2, UNKNOWN 1, OK 0.
int Badness(State state);

}  // namespace faultline
