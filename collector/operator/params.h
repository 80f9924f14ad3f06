// The filters of a call, as name and value, whatever carried them.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/incidents/incident.h"
#include "collector/rules/alert.h"
#include "common/identity.h"
#include "common/state.h"

namespace faultline::operator_api {

// In the order in which they came; from outside, not validated.
using Params = std::vector<std::pair<std::string, std::string>>;

// Params with known names, each at most once. An empty value counts as absent. Every error is an
// InvalidArgument that names the filter and says what it takes.
class Filters {
 public:
  static absl::StatusOr<Filters> Parse(const Params& params,
                                       std::initializer_list<std::string_view> known);

  // The value, or empty.
  const std::string& Text(std::string_view name) const;

  // True when `stack` passes the filters "stack" and "env".
  bool Matches(const StackId& stack) const;

  // "critical,unknown" or "STATE_CRITICAL", in any case. Empty = all.
  absl::StatusOr<std::vector<State>> CheckStates() const;
  absl::StatusOr<std::vector<rules::AlertState>> AlertStates() const;
  absl::StatusOr<std::optional<incidents::IncidentState>> IncidentState() const;
  // The filter "limit".
  absl::StatusOr<size_t> Limit(size_t fallback, size_t most) const;

 private:
  Params values_;
};

}  // namespace faultline::operator_api
