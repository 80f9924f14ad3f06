// An alert: one rule's verdict over one check of one host.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "collector/model/picture.h"

namespace faultline::rules {

enum class AlertState { kPending, kFiring, kResolved, kWithdrawn };
enum class Severity { kInfo, kWarning, kCritical };

std::string_view AlertStateName(AlertState state);  // "pending", ...
std::string_view SeverityName(Severity severity);   // "info", "warning", "critical"

// Why an alert is in its state: log line, page, annotation and timeline share it.
enum class Decision {
  kConditionHolds,      // fires: the check says so
  kGraceOver,           // fires: a restart, upgrade or reboot took too long
  kWaitingForGrace,     // pending: a restart, upgrade or reboot is under way
  kWaitingForOtherEnd,  // pending: a symptom, held until the host itself has spoken
  kSubjectInGrace,      // pending: what it depends on is within its grace
  kCannotLook,          // the check says UNKNOWN: unchanged, or (CheckBlind) the condition
  kConditionEnded,      // resolved: the check is well again, or (CheckBlind) can look again
  kCheckRemoved,        // withdrawn
  kHostForgotten,       // withdrawn, as the rest: an operator said so
  kHostSilentTooLong,   // hosts.forget_after
  kHostRevoked,
  kHostRenamed,  // the same machine has come back under another name
};

std::string_view DecisionText(Decision decision);  // one clause for people

// Withdrawn since nothing is known of its host any more.
bool IsHostGone(Decision decision);

struct Alert {
  // "<stack>/<env>/<host>/<check id>/<rule>": stable.
  std::string id;
  std::string rule;  // "ServiceDown"
  HostId host;
  CheckId check;
  std::string subject;
  Severity severity = Severity::kCritical;
  AlertState state = AlertState::kPending;
  std::string reason;  // the check's
  std::string detail;  // the check's
  Decision decision = Decision::kConditionHolds;
  WallTime since;        // the condition began, corrected time
  WallTime received;     // the collector first heard of it
  WallTime fired_at;     // {0} = never
  WallTime resolved_at;  // {0} = not
  WallTime deadline;     // {0} = none: when time itself changes a pending alert
  bool late = false;     // judged from history, not live
  uint64_t incident = 0;
  model::TransitionId transition;  // that began it
};

}  // namespace faultline::rules
