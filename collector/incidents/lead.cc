#include <tuple>

#include "collector/incidents/book.h"
#include "collector/rules/blind.h"

namespace faultline::incidents {

int LeadRank(const rules::Alert& alert) {
  // Who cannot look says nothing of what it watches: none of them knows better.
  if (rules::IsBlind(alert)) return 1;
  const std::string& kind = alert.check.kind;
  if (kind == "unit") return 0;
  // Seen from elsewhere, or by way of something else.
  if (kind == "port" || kind == "http" || kind == "ping") return 2;
  return 1;
}

const rules::Alert* LeadAlert(const Incident& incident) {
  const bool is_open = incident.state == IncidentState::kOpen;
  const auto untold = [&](const rules::Alert& alert) {
    for (const Fault& fault : incident.faults) {
      if (fault.alert == alert.id && fault.told) return is_open && fault.end_told ? 1 : 0;
    }
    return 2;
  };
  // What got well tells how it ended; what is not watched any more does not.
  const auto end = [](const rules::Alert& alert) {
    if (alert.state == rules::AlertState::kFiring) return 0;
    return alert.state == rules::AlertState::kWithdrawn ? 2 : 1;
  };
  const auto order = [&](const rules::Alert& alert) {
    return std::make_tuple(untold(alert), end(alert), -static_cast<int>(alert.severity),
                           LeadRank(alert), alert.since.ns);
  };
  const rules::Alert* lead = nullptr;
  for (const rules::Alert& alert : incident.alerts) {
    if (lead == nullptr || order(alert) < order(*lead)) lead = &alert;
  }
  return lead;
}

}  // namespace faultline::incidents
