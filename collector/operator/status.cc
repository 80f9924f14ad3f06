#include <algorithm>
#include <utility>
#include <vector>

#include "collector/model/known_to_hold.h"
#include "collector/model/own_host.h"
#include "collector/operator/api.h"
#include "collector/operator/convert.h"

namespace faultline::operator_api {
namespace {

struct Troubled {
  const model::HostPicture* host;
  const model::CheckPicture* check;
};

// A link that breaks and comes back is no news; what people hear of lasts longer than this.
constexpr Span kUnheardAfter = Span::Seconds(10);

// Counts the checks of `host` and adds those that are not OK to `troubled`.
void CountChecks(const model::HostPicture& host, v1::Status* status,
                 std::vector<Troubled>* troubled) {
  for (const auto& [id, check] : host.checks) {
    if (check.state != State::kOk) troubled->push_back({&host, &check});
    switch (check.state) {
      case State::kOk:
        if (model::IsLastKnown(host, check)) {
          status->set_checks_last_known(status->checks_last_known() + 1);
        } else {
          status->set_checks_ok(status->checks_ok() + 1);
        }
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

void AddUnheard(std::vector<const model::HostPicture*> unheard, v1::Status* status) {
  std::stable_sort(unheard.begin(), unheard.end(),
                   [](const model::HostPicture* a, const model::HostPicture* b) {
                     return a->last_heard < b->last_heard;
                   });
  for (const model::HostPicture* host : unheard) *status->add_unheard_hosts() = ToProto(*host);
}

void AddReload(const Context& context, v1::Status* status) {
  if (context.reload == nullptr) return;
  const LastReload last = context.reload->last();
  if (last.refused_at.ns == 0) return;
  SetTime(last.refused_at, status->mutable_reload_refused()->mutable_at());
  status->mutable_reload_refused()->set_error(last.error);
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
  std::vector<const model::HostPicture*> unheard;
  for (const auto& [id, host] : picture->hosts) {
    if (model::IsCollectorsOwn(id)) {
      // Its checks count, but it is no host that an agent is on.
    } else if (host->link == model::LinkState::kConnected) {
      status.set_hosts_connected(status.hosts_connected() + 1);
    } else {
      status.set_hosts_silent(status.hosts_silent() + 1);
      if (host->link == model::LinkState::kGoodbye) {
        status.set_hosts_said_goodbye(status.hosts_said_goodbye() + 1);
      }
    }
    const bool is_unheard = host->link == model::LinkState::kSilent &&
                            host->link_since + kUnheardAfter < context.clock.Now();
    if (is_unheard) unheard.push_back(host.get());
    CountChecks(*host, &status, &troubled);
  }
  AddUnheard(std::move(unheard), &status);
  std::stable_sort(troubled.begin(), troubled.end(), [](const Troubled& a, const Troubled& b) {
    return Badness(a.check->state) > Badness(b.check->state);
  });
  for (const Troubled& each : troubled) {
    *status.add_troubled_checks() = ToProto(*each.host, *each.check);
  }

  for (const auto& alert : *picture->alerts) {
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
  AddReload(context, &status);
  return status;
}

}  // namespace faultline::operator_api
