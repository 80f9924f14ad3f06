#include <algorithm>

#include "collector/operator/api.h"
#include "collector/operator/convert.h"
#include "collector/operator/known_names.h"

namespace faultline::operator_api {
namespace {

int Rank(rules::AlertState state) {
  switch (state) {
    case rules::AlertState::kFiring:
      return 0;
    case rules::AlertState::kPending:
      return 1;
    case rules::AlertState::kResolved:
    case rules::AlertState::kWithdrawn:
      break;
  }
  return 2;
}

}  // namespace

absl::StatusOr<v1::ListAlertsResponse> ListAlerts(const Context& context, const Params& params) {
  auto filters = Filters::Parse(params, {"stack", "env", "host", "state"});
  if (!filters.ok()) return filters.status();
  const auto states = filters->AlertStates();
  if (!states.ok()) return states.status();
  const std::string& host = filters->Text("host");

  const auto picture = context.pictures.picture();
  if (absl::Status known = CheckNames(context, *picture, *filters); !known.ok()) return known;
  std::vector<const rules::Alert*> found;
  for (const auto& alert : *picture->alerts) {
    if (!filters->Matches(alert->host.stack)) continue;
    if (!host.empty() && host != alert->host.host) continue;
    if (!states->empty() &&
        std::find(states->begin(), states->end(), alert->state) == states->end()) {
      continue;
    }
    found.push_back(alert.get());
  }
  std::stable_sort(found.begin(), found.end(), [](const rules::Alert* a, const rules::Alert* b) {
    return Rank(a->state) < Rank(b->state);
  });
  v1::ListAlertsResponse response;
  for (const rules::Alert* alert : found) *response.add_alerts() = ToProto(*alert);
  return response;
}

}  // namespace faultline::operator_api
