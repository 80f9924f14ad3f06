#include <algorithm>
#include <vector>

#include "collector/operator/api.h"
#include "collector/operator/convert.h"

namespace faultline::operator_api {
namespace {

struct Troubled {
  const model::HostPicture* host;
  const model::CheckPicture* check;
};

// Counts the checks of `host` and adds those that are not OK to `troubled`.
void CountChecks(const model::HostPicture& host, v1::Status* status,
                 std::vector<Troubled>* troubled) {
  for (const auto& [id, check] : host.checks) {
    if (check.state != State::kOk) troubled->push_back({&host, &check});
    switch (check.state) {
      case State::kOk:
        status->set_checks_ok(status->checks_ok() + 1);
        break;
      case State::kWarning:
        status->set_checks_warning(status->checks_warning() + 1);
        break;
      case State::kCritical:
        status->set_checks_critical(status->checks_critical() + 1);
        break;
      case State::kUnknown:
      case State::kUnspecified:
        status->set_checks_unknown(status->checks_unknown() + 1);
        break;
    }
  }
}

}  // namespace

absl::StatusOr<v1::Status> GetStatus(const Context& context, const Params& params) {
  if (auto filters = Filters::Parse(params, {}); !filters.ok()) return filters.status();
  const auto picture = context.pictures.picture();
  v1::Status status;
  status.set_version(context.version);
  SetTime(context.clock.Now(), status.mutable_now());
  if (context.started_at.ns != 0) SetTime(context.started_at, status.mutable_started_at());

  std::vector<Troubled> troubled;
  for (const auto& [id, host] : picture->hosts) {
    if (host->link == model::LinkState::kConnected) {
      status.set_hosts_connected(status.hosts_connected() + 1);
    } else {
      status.set_hosts_silent(status.hosts_silent() + 1);
    }
    CountChecks(*host, &status, &troubled);
  }
  std::stable_sort(troubled.begin(), troubled.end(), [](const Troubled& a, const Troubled& b) {
    return Badness(a.check->state) > Badness(b.check->state);
  });
  for (const Troubled& each : troubled) {
    *status.add_troubled_checks() = ToProto(*each.host, *each.check);
  }

  for (const auto& alert : picture->alerts) {
    if (alert->state == rules::AlertState::kPending) {
      status.set_alerts_pending(status.alerts_pending() + 1);
    } else if (alert->state == rules::AlertState::kFiring) {
      status.set_alerts_firing(status.alerts_firing() + 1);
    }
  }
  for (const auto& incident : picture->open_incidents) {
    *status.add_open_incidents() = ToProto(*incident);
  }
  AddChannels(context, status.mutable_channels());
  return status;
}

}  // namespace faultline::operator_api
