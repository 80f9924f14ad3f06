// The target of a request, taken apart: path and query. Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "collector/operator/params.h"

namespace faultline::http {

struct Target {
  std::string path;  // decoded, begins with '/'
  operator_api::Params query;
};

// "/api/v1/checks?host=db-1&state=ok". Refuses (InvalidArgument, saying what) other forms than the
// origin form, broken percent escapes, NUL bytes and more than 32 parameters.
absl::StatusOr<Target> ParseTarget(std::string_view target);

}  // namespace faultline::http
