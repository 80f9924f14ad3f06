#include "collector/incidents/book_entries.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

namespace faultline::incidents {
namespace {

// Makes room for one more alert of `host`; false when all that it may have are firing.
bool HasRoom(Incident& incident, const HostId& host) {
  const auto of_host = [&](const rules::Alert& alert) { return alert.host == host; };
  const auto count = std::count_if(incident.alerts.begin(), incident.alerts.end(), of_host);
  if (static_cast<size_t>(count) < IncidentBook::kMaxAlertsPerHost) return true;
  const auto over =
      std::find_if(incident.alerts.begin(), incident.alerts.end(),
                   [&](const rules::Alert& alert) { return of_host(alert) && IsOver(alert); });
  if (over == incident.alerts.end()) return false;
  TellNoEnd(incident, over->id);
  incident.alerts.erase(over);
  return true;
}

// What a person has to know first is the least.
auto Weight(const rules::Alert& alert) {
  return std::make_tuple(-static_cast<int>(alert.severity), LeadRank(alert));
}

State StateOf(const rules::Alert& alert) {
  if (IsOver(alert)) return State::kOk;
  return alert.severity == rules::Severity::kCritical ? State::kCritical : State::kWarning;
}

}  // namespace

bool IsOver(const rules::Alert& alert) {
  return alert.state == rules::AlertState::kResolved ||
         alert.state == rules::AlertState::kWithdrawn;
}

rules::Alert* FindAlert(Incident& incident, const std::string& id) {
  for (rules::Alert& alert : incident.alerts) {
    if (alert.id == id) return &alert;
  }
  return nullptr;
}

bool PutAlert(Incident& incident, const rules::Alert& alert) {
  rules::Alert* known = FindAlert(incident, alert.id);
  if (known == nullptr) {
    if (!HasRoom(incident, alert.host)) return false;
    incident.alerts.push_back(alert);
    known = &incident.alerts.back();
  } else {
    *known = alert;
  }
  known->incident = incident.id;
  return true;
}

std::optional<rules::Alert> TakeLesser(Incident& incident, const rules::Alert& alert) {
  auto least = incident.alerts.end();
  for (auto it = incident.alerts.begin(); it != incident.alerts.end(); ++it) {
    if (it->host != alert.host || Weight(*it) <= Weight(alert)) continue;
    if (least == incident.alerts.end() || Weight(*least) <= Weight(*it)) least = it;
  }
  if (least == incident.alerts.end()) return std::nullopt;
  rules::Alert taken = std::move(*least);
  incident.alerts.erase(least);
  return taken;
}

void TellNoEnd(Incident& incident, const std::string& alert) {
  for (Fault& fault : incident.faults) {
    if (fault.alert == alert) fault.end_told = true;
  }
}

TimelineEntry EntryOf(const Incident& incident, TimelineKind kind, const rules::Alert& alert,
                      WallTime at, Moment moment) {
  return {.incident = incident.id,
          .at = at,
          .recorded = moment.now,
          .kind = kind,
          .host = alert.host.host,
          .check = alert.check.ToString(),
          .state = StateOf(alert),
          .reason = alert.reason,
          .text = rules::IsHostGone(alert.decision)
                      ? std::string(rules::DecisionText(alert.decision))
                      : alert.detail,
          .late = alert.late};
}

std::string DedupKey(const rules::Alert& alert) {
  return absl::StrCat(
      alert.host.stack.stack, "/", alert.host.stack.env, "/", alert.subject, "/", alert.host.host,
      "/", alert.transition.spool_id, "/", alert.transition.start_number, "/", alert.transition.seq,
      alert.transition.seq == 0 ? absl::StrCat("/", alert.since.ns) : std::string());
}

}  // namespace faultline::incidents
