#include "collector/rules/judge.h"

#include <algorithm>

namespace faultline::rules {
namespace {

using Kind = Verdict::Kind;

Verdict Fire(Decision decision, Severity severity) {
  return {.kind = Kind::kFiring, .decision = decision, .severity = severity};
}

Verdict Wait(Decision decision, Severity severity, WallTime deadline) {
  return {.kind = Kind::kPending, .decision = decision, .severity = severity, .deadline = deadline};
}

Verdict WhenWell(const Alert* current) {
  if (current == nullptr || current->state == AlertState::kPending) return {.kind = Kind::kNone};
  return {.kind = Kind::kResolved,
          .decision = Decision::kConditionEnded,
          .severity = current->severity};
}

// "Could not look" neither raises nor resolves anything. What only waited begins anew when the
// check sees again, but a grace under way holds until its end: others wait for that.
Verdict WhenUnknown(const Alert* current, WallTime now) {
  if (current == nullptr) return {.kind = Kind::kNone};
  if (current->state == AlertState::kFiring) {
    return Fire(Decision::kCannotLook, current->severity);
  }
  if (current->decision == Decision::kWaitingForGrace && now < current->deadline) {
    return Wait(Decision::kWaitingForGrace, current->severity, current->deadline);
  }
  return {.kind = Kind::kNone};
}

std::optional<Severity> SeverityOf(const Rule& rule, State state, bool has_grace) {
  if (state == State::kOk) return std::nullopt;
  return state == State::kCritical || has_grace ? rule.on_critical : rule.on_warning;
}

Verdict WithinGrace(const Alert* current, Span grace, WallTime not_before, Severity severity,
                    WallTime now) {
  const bool waiting = current != nullptr && current->decision == Decision::kWaitingForGrace;
  // A restart that goes through several reasons has one grace, the longest of them.
  const WallTime began = waiting ? current->received : now;
  WallTime deadline = std::max(began + grace, not_before);
  if (waiting) deadline = std::max(deadline, current->deadline);
  if (now >= deadline) return Fire(Decision::kGraceOver, severity);
  return Wait(Decision::kWaitingForGrace, severity, deadline);
}

// A symptom that fires because what it points to did not answer after its start.
bool IsStartOver(const Rule& rule, const Alert& firing) {
  return rule.symptom && firing.decision == Decision::kGraceOver;
}

bool WasHeldByStart(const Alert* current, const Surroundings& around) {
  return current != nullptr && current->decision == Decision::kSubjectInGrace &&
         current->received < around.start_until;
}

}  // namespace

Verdict Judge(const Rule& rule, const Patience& patience, const Alert* current,
              const model::CheckPicture& check, const Surroundings& around, WallTime now) {
  if (check.state == State::kUnspecified || check.state == State::kUnknown) {
    return WhenUnknown(current, now);
  }
  // A symptom has no grace of its own, whatever its reason is called.
  const std::optional<Span> grace = rule.symptom ? std::nullopt : GraceFor(check.reason, patience);
  const std::optional<Severity> severity = SeverityOf(rule, check.state, grace.has_value());
  if (!severity.has_value()) return WhenWell(current);

  // What fires goes on firing, in whatever words, until the check is well.
  if (current != nullptr && current->state == AlertState::kFiring) {
    const bool keeps = grace.has_value() || IsStartOver(rule, *current);
    return Fire(keeps ? current->decision : Decision::kConditionHolds, *severity);
  }
  if (grace.has_value()) {
    return WithinGrace(current, *grace, around.host_stops_until, *severity, now);
  }

  const WallTime received = current != nullptr ? current->received : now;
  const bool is_delayed = check.state != State::kCritical || rule.delays_critical;
  if (is_delayed && rule.delay.ns > 0 && now < received + rule.delay) {
    return Wait(Decision::kConditionHolds, *severity, received + rule.delay);
  }
  if (rule.symptom) {
    const WallTime held_until =
        std::max({around.grace_until, around.settling_until, around.start_until});
    if (now < held_until) return Wait(Decision::kSubjectInGrace, *severity, held_until);
    const WallTime hold =
        received + (around.other_end_connected ? patience.other_end : patience.no_other_end);
    if (now < hold) return Wait(Decision::kWaitingForOtherEnd, *severity, hold);
    if (WasHeldByStart(current, around)) return Fire(Decision::kGraceOver, *severity);
  }
  return Fire(Decision::kConditionHolds, *severity);
}

}  // namespace faultline::rules
