// Hosts that are taken out of the picture.
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/operator/api.h"
#include "collector/operator/convert.h"
#include "collector/operator/known_names.h"
#include "common/log.h"
#include "common/text.h"

namespace faultline::operator_api {
namespace {

constexpr size_t kMaxShownName = 140;

std::string PathOf(const HostId& host) {
  return CleanText(absl::StrCat(host.stack.ToString(), "/", host.host), kMaxShownName);
}

// The one host of the picture that is meant.
absl::StatusOr<HostId> FindToForget(const Context& context, const v1::ForgetHostRequest& request) {
  const auto filters =
      Filters::Parse({{"stack", request.stack()}, {"env", request.env()}, {"host", request.host()}},
                     {"stack", "env", "host"});
  if (!filters.ok()) return filters.status();
  const auto picture = context.pictures.picture();
  std::vector<HostId> found;
  for (const auto& [id, host] : picture->hosts) {
    if (filters->Matches(id.stack) && id.host == request.host()) found.push_back(id);
  }
  if (found.size() == 1) return found[0];
  if (found.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "env: ", CleanText(request.host(), kMaxShownName), " is in several environments (",
        absl::StrJoin(found, ", ",
                      [](std::string* out, const HostId& id) { out->append(id.stack.env); }),
        "); say which"));
  }
  if (absl::Status known = CheckNames(context, *picture, *filters); !known.ok()) return known;
  return absl::NotFoundError(absl::StrCat(
      CleanText(request.host(), kMaxShownName),
      " is in no list of hosts: there is nothing to forget; see: faultline host list"));
}

}  // namespace

absl::StatusOr<v1::ForgetHostResponse> ForgetHost(const Context& context,
                                                  const v1::ForgetHostRequest& request,
                                                  const std::string& who) {
  if (context.forgetter == nullptr) return absl::UnavailableError("nobody can forget a host here");
  if (request.stack().empty()) return absl::InvalidArgumentError("stack: is missing");
  if (request.host().empty()) return absl::InvalidArgumentError("host: is missing");
  const auto host = FindToForget(context, request);
  if (!host.ok()) return host.status();
  switch (context.forgetter->Forget(*host, rules::Decision::kHostForgotten)) {
    case pipeline::ForgetOutcome::kConnected:
      return absl::FailedPreconditionError(
          absl::StrCat(PathOf(*host),
                       " is connected. Stop its agent first (systemctl stop faultline-agent), or "
                       "take its certificate away: faultline host revoke ",
                       PathOf(*host)));
    case pipeline::ForgetOutcome::kNoAnswer:
      return absl::UnavailableError(absl::StrCat("the collector is behind; ", PathOf(*host),
                                                 " is forgotten when its turn comes"));
    case pipeline::ForgetOutcome::kUnknown:  // somebody else was faster
    case pipeline::ForgetOutcome::kForgotten:
      break;
  }
  LogNotice(absl::StrCat("audit: ", who, " had the host ", PathOf(*host), " forgotten"));
  v1::ForgetHostResponse response;
  SetStack(host->stack, response.mutable_stack());
  response.set_host(host->host);
  response.set_may_return(context.joining == nullptr ||
                          context.joining->CertificateEnds().contains(*host));
  return response;
}

}  // namespace faultline::operator_api
