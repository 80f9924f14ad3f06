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

const rules::Alert* LeadAlert(const std::vector<rules::Alert>& alerts) {
  const auto order = [](const rules::Alert& alert) {
    return std::make_tuple(alert.state != rules::AlertState::kFiring,
                           -static_cast<int>(alert.severity), LeadRank(alert), alert.since.ns);
  };
  const rules::Alert* lead = nullptr;
  for (const rules::Alert& alert : alerts) {
    if (lead == nullptr || order(alert) < order(*lead)) lead = &alert;
  }
  return lead;
}

}  // namespace faultline::incidents
