#include "collector/rules/blind.h"

namespace faultline::rules {
namespace {

// Not blind: it looks, and a path that lets no ICMP through (a security group) answers none. It
// says so once and for ever; the ports tell whether the host can be reached.
constexpr char kNeverAnswered[] = "NEVER_ANSWERED";

}  // namespace

const Rule& BlindRule() {
  static const auto& rule = *new Rule{
      .name = "CheckBlind",
      .delay = Span::Seconds(900),
      .help = "A check has not been able to look for 15 minutes: what it watches is not watched."};
  return rule;
}

bool IsBlind(const Alert& alert) { return alert.rule == BlindRule().name; }

std::string BlindSubject(const std::string& host) { return "blind " + host; }

Verdict JudgeBlind(const Alert* current, const model::CheckPicture& check, bool is_heard,
                   WallTime now) {
  using Kind = Verdict::Kind;
  Verdict verdict{.decision = Decision::kCannotLook, .severity = Severity::kWarning};
  const bool fires = current != nullptr && current->state == AlertState::kFiring;
  const bool is_blind = check.state == State::kUnknown && check.reason != kNeverAnswered;
  if (is_blind || check.state == State::kUnspecified) {
    if (fires) {
      verdict.kind = Kind::kFiring;
    } else if (is_blind && is_heard) {
      const WallTime due = (current != nullptr ? current->received : now) + BlindRule().delay;
      verdict.kind = now < due ? Kind::kPending : Kind::kFiring;
      if (verdict.kind == Kind::kPending) verdict.deadline = due;
    }
  } else if (fires) {
    verdict.kind = Kind::kResolved;
    verdict.decision = Decision::kConditionEnded;
  }
  return verdict;
}

}  // namespace faultline::rules
