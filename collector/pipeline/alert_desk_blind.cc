// The desk's part about checks that cannot look: beside its own rule, each is under the one that
// makes a ticket of UNKNOWN that lasts.
#include <algorithm>
#include <utility>

#include "collector/pipeline/alert_desk.h"
#include "collector/rules/blind.h"

namespace faultline::pipeline {

using rules::Alert;
using rules::AlertState;
using rules::Verdict;

void AlertDesk::LookForSight(const model::HostPicture& host, const model::CheckPicture& check,
                             const model::Hosts& hosts, incidents::Moment moment,
                             Effects* effects) {
  const rules::Rule& rule = rules::BlindRule();
  const std::string id = AlertId(host.identity.id, check.id, rule.name);
  const auto found = active_.find(id);
  const std::optional<Alert> before =
      found == active_.end() ? std::nullopt : std::make_optional(*found->second);
  const Verdict verdict = rules::JudgeBlind(before.has_value() ? &*before : nullptr, check,
                                            host.link == model::LinkState::kConnected, moment.now);
  if (verdict.kind == Verdict::Kind::kNone && !before.has_value()) return;

  Alert alert = before.has_value() ? *before : NewAlert(rule, host, check, moment.now);
  alert.subject = rules::BlindSubject(host.identity.id.host);
  alert.severity = verdict.severity;
  alert.decision = verdict.decision;
  alert.deadline = verdict.deadline;
  if (verdict.kind == Verdict::Kind::kNone || verdict.kind == Verdict::Kind::kResolved) {
    alert.state = AlertState::kResolved;
    alert.resolved_at = std::max(check.since, alert.since);
    if (verdict.kind == Verdict::Kind::kResolved) {
      alert.incident = book_.Enter(alert, alert.resolved_at, hosts, moment, &effects->book);
    }
    return End(alert, effects);
  }
  if (check.state == State::kUnknown) {
    alert.reason = check.reason;
    alert.detail = check.detail;
  }
  alert.state =
      verdict.kind == Verdict::Kind::kPending ? AlertState::kPending : AlertState::kFiring;
  Keep(std::move(alert), before, host, check, hosts, moment, effects);
}

}  // namespace faultline::pipeline
