#include "collector/pipeline/history.h"

#include <utility>

#include "collector/pipeline/alert_desk.h"
#include "collector/rules/judge.h"

namespace faultline::pipeline {
namespace {

using rules::Alert;
using rules::AlertState;
using rules::Verdict;

// A host that a certificate lets in must not fill the collector's memory.
constexpr size_t kMaxAlerts = 2000;

// Whether the other end was restarting at the time is not known any more: a symptom that did not
// outlast a restart's grace is told as a line of the timeline only.
rules::Rule LateRule(const rules::Rule& rule, const rules::Patience& patience) {
  rules::Rule late = rule;
  if (late.symptom && late.delay < patience.restart) late.delay = patience.restart;
  late.symptom = false;
  return late;
}

}  // namespace

void History::Begin(std::vector<Alert> firing) {
  alerts_.clear();
  for (Alert& alert : firing) alerts_.emplace(alert.id, std::move(alert));
}

std::vector<Alert> History::End() {
  std::vector<Alert> firing;
  for (auto& [id, alert] : alerts_) {
    if (alert.state == AlertState::kFiring) firing.push_back(std::move(alert));
  }
  alerts_.clear();
  return firing;
}

void History::Add(const model::HostPicture& host, const model::CheckPicture& check,
                  const model::Hosts& hosts, incidents::IncidentBook& book,
                  incidents::Moment moment, Effects* effects) {
  const rules::Rule rule = LateRule(rules::RuleFor(check.id.kind), patience_);
  const std::string id = AlertDesk::AlertId(host.identity.id, check.id, rule.name);
  const auto found = alerts_.find(id);
  Alert* current = found == alerts_.end() ? nullptr : &found->second;
  const WallTime then = check.observed;
  if (current == nullptr && alerts_.size() >= kMaxAlerts) return;

  // A waiting alert whose deadline lay before this transition had fired by then.
  if (current != nullptr && current->state == AlertState::kPending && current->deadline.ns != 0 &&
      current->deadline <= then) {
    current->state = AlertState::kFiring;
    current->fired_at = current->deadline;
    current->incident = book.EnterLate(*current, hosts, moment, &effects->book);
  }
  const Verdict verdict = rules::Judge(rule, patience_, current, check, {}, then);
  switch (verdict.kind) {
    case Verdict::Kind::kNone:
      alerts_.erase(id);
      break;
    case Verdict::Kind::kResolved: {
      current->state = AlertState::kResolved;
      current->decision = verdict.decision;
      current->resolved_at = then;
      book.EnterLate(*current, hosts, moment, &effects->book);
      alerts_.erase(id);
      break;
    }
    case Verdict::Kind::kPending:
    case Verdict::Kind::kFiring: {
      Alert alert;
      if (current != nullptr) {
        alert = *current;
      } else {
        alert.id = id;
        alert.rule = rule.name;
        alert.host = host.identity.id;
        alert.check = check.id;
        alert.subject = check.subject;
        alert.since = check.since;
        alert.received = then;
        alert.late = true;
        alert.transition = {
            .spool_id = host.spool_id, .start_number = host.start_number, .seq = check.last_seq};
      }
      alert.decision = verdict.decision;
      alert.deadline = verdict.deadline;
      // An outage keeps its name while the service is being started again or cannot be looked at.
      const bool goes_on =
          alert.state == AlertState::kFiring &&
          (check.state == State::kUnknown || rules::GraceFor(check.reason, patience_).has_value());
      if (!goes_on) {
        alert.severity = verdict.severity;
        alert.reason = check.reason;
        alert.detail = check.detail;
      }
      if (verdict.kind == Verdict::Kind::kFiring) {
        alert.state = AlertState::kFiring;
        if (alert.fired_at.ns == 0) alert.fired_at = then;
        alert.incident = book.EnterLate(alert, hosts, moment, &effects->book);
      }
      alerts_.insert_or_assign(id, std::move(alert));
      break;
    }
  }
  book.Note({.host = host.identity.id,
             .check = check.id.ToString(),
             .subject = check.subject,
             .state = check.state,
             .reason = check.reason,
             .detail = check.detail,
             .at = then,
             .late = true},
            moment, &effects->book);
}

}  // namespace faultline::pipeline
