#include "collector/operator/api.h"
#include "collector/operator/convert.h"

namespace faultline::operator_api {

absl::StatusOr<v1::ListHostsResponse> ListHosts(const Context& context, const Params& params) {
  auto filters = Filters::Parse(params, {"stack", "env"});
  if (!filters.ok()) return filters.status();
  const auto picture = context.pictures.picture();
  v1::ListHostsResponse response;
  for (const auto& [id, host] : picture->hosts) {
    if (filters->Matches(id.stack)) *response.add_hosts() = ToProto(*host);
  }
  return response;
}

}  // namespace faultline::operator_api
