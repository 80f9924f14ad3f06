#include <map>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "collector/operator/api.h"
#include "collector/operator/convert.h"
#include "collector/operator/known_names.h"

namespace faultline::operator_api {
namespace {

constexpr size_t kDefaultLimit = 100;
constexpr size_t kMostIncidents = 1000;

bool Passes(const incidents::Incident& incident, const store::IncidentFilter& filter) {
  return (!filter.state || incident.state == *filter.state) &&
         (filter.stack.empty() || incident.stack.stack == filter.stack) &&
         (filter.env.empty() || incident.stack.env == filter.env);
}

absl::StatusOr<store::IncidentFilter> ParseFilter(const Params& params) {
  auto filters = Filters::Parse(params, {"stack", "env", "state", "limit"});
  if (!filters.ok()) return filters.status();
  auto state = filters->IncidentState();
  if (!state.ok()) return state.status();
  auto limit = filters->Limit(kDefaultLimit, kMostIncidents);
  if (!limit.ok()) return limit.status();
  store::IncidentFilter filter;
  filter.state = *state;
  filter.limit = *limit;
  filter.stack = filters->Text("stack");
  filter.env = filters->Text("env");
  return filter;
}

// A stack whose hosts are all gone is known by its past: also by incidents of another state.
bool HasPast(const Context& context, store::IncidentFilter filter) {
  filter.state.reset();
  filter.limit = 1;
  const auto any = context.store.ListIncidents(filter);
  return any.ok() && !any->empty();
}

}  // namespace

absl::StatusOr<v1::ListIncidentsResponse> ListIncidents(const Context& context,
                                                        const Params& params) {
  auto filter = ParseFilter(params);
  if (!filter.ok()) return filter.status();
  // The picture first: what opens between the two reads is then missing from both or in both.
  const auto picture = context.pictures.picture();
  auto stored = context.store.ListIncidents(*filter);
  if (!stored.ok()) {
    return absl::UnavailableError(
        absl::StrCat("the store cannot be read now: ", stored.status().message(),
                     "; /api/v1/status still lists the open incidents"));
  }

  // The picture may be a commit ahead of the store.
  std::map<uint64_t, const incidents::Incident*, std::greater<>> newest_first;
  for (const incidents::Incident& incident : *stored) newest_first[incident.id] = &incident;
  for (const auto& incident : picture->open_incidents) {
    const auto known = newest_first.find(incident->id);
    if (known != newest_first.end()) {
      if (known->second->state == incidents::IncidentState::kOpen) known->second = incident.get();
    } else if (Passes(*incident, *filter)) {
      newest_first[incident->id] = incident.get();
    }
  }
  v1::ListIncidentsResponse response;
  for (const auto& [id, incident] : newest_first) {
    if (static_cast<size_t>(response.incidents_size()) == filter->limit) break;
    *response.add_incidents() = ToProto(*incident);
  }
  if (response.incidents().empty() && !HasPast(context, *filter)) {
    const auto filters = Filters::Parse(params, {"stack", "env", "state", "limit"});
    if (absl::Status known = CheckNames(context, *picture, *filters); !known.ok()) return known;
  }
  return response;
}

}  // namespace faultline::operator_api
