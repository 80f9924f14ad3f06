#include <algorithm>

#include "collector/operator/api.h"
#include "collector/operator/convert.h"
#include "collector/operator/known_names.h"

namespace faultline::operator_api {

absl::StatusOr<v1::ListChecksResponse> ListChecks(const Context& context, const Params& params) {
  auto filters = Filters::Parse(params, {"stack", "env", "host", "kind", "state"});
  if (!filters.ok()) return filters.status();
  const auto states = filters->CheckStates();
  if (!states.ok()) return states.status();
  const std::string& host_name = filters->Text("host");
  const std::string& kind = filters->Text("kind");

  const auto picture = context.pictures.picture();
  if (absl::Status known = CheckNames(context, *picture, *filters); !known.ok()) return known;
  v1::ListChecksResponse response;
  for (const auto& [host_id, host] : picture->hosts) {
    if (!filters->Matches(host_id.stack)) continue;
    if (!host_name.empty() && host_name != host_id.host) continue;
    for (const auto& [id, check] : host->checks) {
      if (!kind.empty() && kind != id.kind) continue;
      if (!states->empty() &&
          std::find(states->begin(), states->end(), check.state) == states->end()) {
        continue;
      }
      *response.add_checks() = ToProto(*host, check);
    }
  }
  return response;
}

}  // namespace faultline::operator_api
