#include "collector/rules/blind.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace faultline::rules {
namespace {

// These look, say once what there is, and would be a ticket for ever: a path that lets no ICMP
// through (a security group), and, from older agents, a host without cloud-init.
constexpr std::array<std::string_view, 2> kNothingToSee = {"NEVER_ANSWERED", "NO_CLOUD_INIT"};

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

bool CannotLook(const model::CheckPicture& check) {
  return check.state == State::kUnknown &&
         std::find(kNothingToSee.begin(), kNothingToSee.end(), check.reason) == kNothingToSee.end();
}

Verdict JudgeBlind(const Alert* current, const model::CheckPicture& check, bool is_heard,
                   WallTime now) {
  using Kind = Verdict::Kind;
  Verdict verdict{.decision = Decision::kCannotLook, .severity = Severity::kWarning};
  const bool fires = current != nullptr && current->state == AlertState::kFiring;
  const bool is_blind = CannotLook(check);
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
