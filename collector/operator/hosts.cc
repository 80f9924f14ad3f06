#include <map>

#include "collector/operator/api.h"
#include "collector/operator/convert.h"
#include "collector/operator/known_names.h"

namespace faultline::operator_api {

absl::StatusOr<v1::ListHostsResponse> ListHosts(const Context& context, const Params& params) {
  auto filters = Filters::Parse(params, {"stack", "env"});
  if (!filters.ok()) return filters.status();
  const auto picture = context.pictures.picture();
  if (absl::Status known = CheckNames(context, *picture, *filters); !known.ok()) return known;
  const auto ends = context.joining == nullptr ? std::map<HostId, WallTime>()
                                               : context.joining->CertificateEnds();
  v1::ListHostsResponse response;
  for (const auto& [id, host] : picture->hosts) {
    if (!filters->Matches(id.stack)) continue;
    v1::Host& listed = *response.add_hosts();
    listed = ToProto(*host);
    const auto end = ends.find(id);
    if (end != ends.end()) SetTime(end->second, listed.mutable_certificate_not_after());
  }
  return response;
}

}  // namespace faultline::operator_api
