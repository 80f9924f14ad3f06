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
  // What got well tells how it ended; what is not watched any more does not.
  const auto end = [](const rules::Alert& alert) {
    if (alert.state == rules::AlertState::kFiring) return 0;
    return alert.state == rules::AlertState::kWithdrawn ? 2 : 1;
  };
  const auto order = [&](const rules::Alert& alert) {
    return std::make_tuple(end(alert), -static_cast<int>(alert.severity), LeadRank(alert),
                           alert.since.ns);
  };
  const rules::Alert* lead = nullptr;
  for (const rules::Alert& alert : alerts) {
    if (lead == nullptr || order(alert) < order(*lead)) lead = &alert;
  }
  return lead;
}

}  // namespace faultline::incidents
