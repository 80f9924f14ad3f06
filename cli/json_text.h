// JSON text as it came, laid out anew. Values are never changed: numbers keep their digits, members
// their order.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace faultline::cli {

// Two spaces a level, one member a line, a line end at the end. Control characters inside strings
// come out as \u00XX, so a terminal may show the result. INVALID_ARGUMENT when `json` is not one
// whole JSON value (nested at most 100 deep); the error says where.
absl::StatusOr<std::string> PrettyJson(std::string_view json);

// The same on one line, without spaces and without a line end.
absl::StatusOr<std::string> CompactJson(std::string_view json);

}  // namespace faultline::cli
