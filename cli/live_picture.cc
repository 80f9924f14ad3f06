#include "cli/live_picture.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "cli/render_parts.h"
#include "common/identity.h"
#include "common/state.h"

namespace faultline::cli {
namespace {

// As the collector counts (operator.proto, Status.unheard_hosts).
constexpr Span kUnheardAfter = Span::Seconds(10);
constexpr int64_t kSecond = 1'000'000'000;

// Stores `value`; true when `differs` from what stood there, or nothing did.
template <typename Key, typename Value, typename Differs>
bool Store(std::map<Key, Value>* all, const Key& key, const Value& value, Differs differs) {
  const auto found = all->find(key);
  if (found == all->end()) {
    if (all->size() < LivePicture::kMaxEntries) all->emplace(key, value);
    return true;
  }
  const bool news = differs(found->second, value);
  found->second = value;
  return news;
}

// What people read may be the same of two stacks ("a-b" with "c", "a" with "b-c"): kept apart by
// what no name holds.
std::string StackKey(const v1::StackRef& stack) {
  return absl::StrCat(stack.stack(), "/", stack.env(), "/");
}
std::string HostKey(const v1::StackRef& stack, const std::string& host) {
  return StackKey(stack) + host;
}
std::string CheckKey(const v1::Check& check) {
  return absl::StrCat(HostKey(check.stack(), check.host()), "/", check.id());
}
std::string AlertKey(const v1::Alert& alert) { return StackKey(alert.stack()) + alert.id(); }

std::string CheckPath(const v1::Check& check) {
  return absl::StrCat(HostPath(check.stack(), check.host()), "/", check.id());
}

bool IsLive(const v1::Alert& alert) {
  return alert.state() == v1::Alert::STATE_PENDING || alert.state() == v1::Alert::STATE_FIRING;
}

}  // namespace

std::string HostPath(const v1::StackRef& stack, const std::string& host) {
  return absl::StrCat(StackId{stack.stack(), stack.env()}.ToString(), "/", host);
}

bool LivePicture::ApplyHost(const v1::Host& host) {
  if (!filter_.Matches(host.stack())) return false;
  return Store(&hosts_, HostKey(host.stack(), host.name()), host,
               [](const v1::Host& a, const v1::Host& b) { return a.link() != b.link(); });
}

bool LivePicture::ApplyCheck(const v1::Check& check) {
  if (!filter_.Matches(check.stack())) return false;
  return Store(&checks_, CheckKey(check), check, [](const v1::Check& a, const v1::Check& b) {
    return a.state() != b.state() || a.reason() != b.reason() || a.stale() != b.stale();
  });
}

bool LivePicture::ApplyAlert(const v1::Alert& alert) {
  if (!filter_.Matches(alert.stack())) return false;
  if (!IsLive(alert)) return alerts_.erase(AlertKey(alert)) > 0;
  return Store(&alerts_, AlertKey(alert), alert, [](const v1::Alert& a, const v1::Alert& b) {
    return a.state() != b.state() || a.reason() != b.reason();
  });
}

bool LivePicture::ApplyIncident(const v1::Incident& incident) {
  if (!filter_.Matches(incident.stack())) return false;
  if (incident.state() != v1::Incident::STATE_OPEN) return incidents_.erase(incident.id()) > 0;
  return Store(
      &incidents_, incident.id(), incident, [](const v1::Incident& a, const v1::Incident& b) {
        return a.severity() != b.severity() || a.reason() != b.reason() || a.title() != b.title();
      });
}

size_t LivePicture::Remove(const v1::LiveEvent& event) {
  return std::erase_if(checks_, [&event](const auto& entry) {
    const v1::Check& check = entry.second;
    // An older collector does not say whose it was.
    const bool of_stack =
        !event.has_removed_of() || StackKey(check.stack()) == StackKey(event.removed_of());
    return of_stack && CheckPath(check) == event.check_removed();
  });
}

bool LivePicture::Apply(const v1::LiveEvent& event) {
  switch (event.change_case()) {
    case v1::LiveEvent::kHost:
      return ApplyHost(event.host());
    case v1::LiveEvent::kCheck:
      return ApplyCheck(event.check());
    case v1::LiveEvent::kAlert:
      return ApplyAlert(event.alert());
    case v1::LiveEvent::kIncident:
      return ApplyIncident(event.incident());
    case v1::LiveEvent::kCheckRemoved:
      return Remove(event) > 0;
    case v1::LiveEvent::kResync:
    case v1::LiveEvent::CHANGE_NOT_SET:
      break;
  }
  return false;
}

std::vector<v1::LiveEvent> LivePicture::Replace(const Snapshot& snapshot) {
  base_.set_version(snapshot.status.version());
  *base_.mutable_now() = snapshot.status.now();
  *base_.mutable_started_at() = snapshot.status.started_at();
  *base_.mutable_channels() = snapshot.status.channels();
  base_.clear_reload_refused();
  if (snapshot.status.has_reload_refused()) {
    *base_.mutable_reload_refused() = snapshot.status.reload_refused();
  }

  std::vector<v1::LiveEvent> news;
  const auto apply = [&](v1::LiveEvent event) {
    if (Apply(event)) news.push_back(std::move(event));
  };
  std::set<std::string> hosts;
  for (const v1::Host& host : snapshot.hosts.hosts()) {
    hosts.insert(HostKey(host.stack(), host.name()));
    v1::LiveEvent event;
    *event.mutable_host() = host;
    apply(std::move(event));
  }
  std::set<std::string> checks;
  for (const v1::Check& check : snapshot.checks.checks()) {
    checks.insert(CheckKey(check));
    v1::LiveEvent event;
    *event.mutable_check() = check;
    apply(std::move(event));
  }
  std::set<std::string> alerts;
  for (const v1::Alert& alert : snapshot.alerts.alerts()) {
    alerts.insert(AlertKey(alert));
    v1::LiveEvent event;
    *event.mutable_alert() = alert;
    apply(std::move(event));
  }
  std::set<uint64_t> incidents;
  for (const v1::Incident& incident : snapshot.status.open_incidents()) {
    incidents.insert(incident.id());
    v1::LiveEvent event;
    *event.mutable_incident() = incident;
    apply(std::move(event));
  }

  // What is not there any more. How an alert or an incident ended is not known from its absence,
  // only that it did.
  std::erase_if(hosts_, [&](const auto& entry) { return hosts.count(entry.first) == 0; });
  std::erase_if(checks_, [&](const auto& entry) {
    if (checks.count(entry.first) > 0) return false;
    v1::LiveEvent event;
    event.set_check_removed(CheckPath(entry.second));
    *event.mutable_removed_of() = entry.second.stack();
    news.push_back(std::move(event));
    return true;
  });
  std::erase_if(alerts_, [&](const auto& entry) {
    if (alerts.count(entry.first) > 0) return false;
    v1::LiveEvent event;
    *event.mutable_alert() = entry.second;
    event.mutable_alert()->set_state(v1::Alert::STATE_RESOLVED);
    news.push_back(std::move(event));
    return true;
  });
  std::erase_if(incidents_, [&](const auto& entry) {
    if (incidents.count(entry.first) > 0) return false;
    v1::LiveEvent event;
    *event.mutable_incident() = entry.second;
    event.mutable_incident()->set_state(v1::Incident::STATE_RESOLVED);
    news.push_back(std::move(event));
    return true;
  });
  return news;
}

// A host that falls silent is one change; its checks do not come again for that.
bool LivePicture::IsStale(const v1::Check& check) const {
  const auto host = hosts_.find(HostKey(check.stack(), check.host()));
  if (host == hosts_.end() || check.kind() == "agent") return check.stale();
  return host->second.link() != v1::Host::LINK_CONNECTED;
}

void LivePicture::AddUnheard(WallTime now, v1::Status* status) const {
  std::vector<const v1::Host*> unheard;
  for (const auto& [path, host] : hosts_) {
    const bool is_unheard =
        host.link() == v1::Host::LINK_SILENT && ToWallTime(host.link_since()) + kUnheardAfter < now;
    if (is_unheard) unheard.push_back(&host);
  }
  std::stable_sort(unheard.begin(), unheard.end(), [](const v1::Host* a, const v1::Host* b) {
    return ToWallTime(a->last_heard_at()) < ToWallTime(b->last_heard_at());
  });
  for (const v1::Host* host : unheard) *status->add_unheard_hosts() = *host;
}

v1::Status LivePicture::ToStatus(WallTime now) const {
  v1::Status status = base_;
  status.mutable_now()->set_seconds(now.ns / kSecond);
  status.mutable_now()->set_nanos(static_cast<int>(now.ns % kSecond));
  AddUnheard(now, &status);
  for (const auto& [path, host] : hosts_) {
    if (host.link() == v1::Host::LINK_CONNECTED) {
      status.set_hosts_connected(status.hosts_connected() + 1);
    } else {
      status.set_hosts_silent(status.hosts_silent() + 1);
      if (host.link() == v1::Host::LINK_SAID_GOODBYE) {
        status.set_hosts_said_goodbye(status.hosts_said_goodbye() + 1);
      }
    }
  }
  std::vector<const v1::Check*> troubled;
  for (const auto& [path, check] : checks_) {
    if (check.state() != v1::STATE_OK) troubled.push_back(&check);
    switch (check.state()) {
      case v1::STATE_OK:
        if (IsStale(check)) {
          status.set_checks_last_known(status.checks_last_known() + 1);
        } else {
          status.set_checks_ok(status.checks_ok() + 1);
        }
        break;
      case v1::STATE_WARNING:
        status.set_checks_warning(status.checks_warning() + 1);
        break;
      case v1::STATE_CRITICAL:
        status.set_checks_critical(status.checks_critical() + 1);
        break;
      default:
        status.set_checks_unknown(status.checks_unknown() + 1);
    }
  }
  std::stable_sort(troubled.begin(), troubled.end(), [](const v1::Check* a, const v1::Check* b) {
    return Badness(static_cast<State>(a->state())) > Badness(static_cast<State>(b->state()));
  });
  for (const v1::Check* check : troubled) {
    v1::Check* added = status.add_troubled_checks();
    *added = *check;
    added->set_stale(IsStale(*check));
  }
  for (const auto& [id, alert] : alerts_) {
    if (alert.state() == v1::Alert::STATE_FIRING) {
      status.set_alerts_firing(status.alerts_firing() + 1);
    } else {
      status.set_alerts_pending(status.alerts_pending() + 1);
    }
  }
  for (auto entry = incidents_.rbegin(); entry != incidents_.rend(); ++entry) {
    *status.add_open_incidents() = entry->second;
  }
  return status;
}

}  // namespace faultline::cli
