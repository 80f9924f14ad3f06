#include "collector/rules/alert.h"

namespace faultline::rules {

std::string_view AlertStateName(AlertState state) {
  switch (state) {
    case AlertState::kPending:
      return "pending";
    case AlertState::kFiring:
      return "firing";
    case AlertState::kResolved:
      return "resolved";
    case AlertState::kWithdrawn:
      return "withdrawn";
  }
  return "";
}

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kCritical:
      return "critical";
  }
  return "";
}

std::string_view DecisionText(Decision decision) {
  switch (decision) {
    case Decision::kConditionHolds:
      return "the check says so";
    case Decision::kGraceOver:
      return "it took longer than its grace";
    case Decision::kWaitingForGrace:
      return "within the grace of a restart, upgrade or reboot";
    case Decision::kWaitingForOtherEnd:
      return "waiting for the other end's own word";
    case Decision::kSubjectInGrace:
      return "what it depends on is within its grace";
    case Decision::kCannotLook:
      return "the check cannot look at the moment";
    case Decision::kConditionEnded:
      return "its condition has ended";
    case Decision::kCheckRemoved:
      return "the check was removed";
    case Decision::kHostForgotten:
      return "the host was forgotten";
    case Decision::kHostSilentTooLong:
      return "the host was forgotten: nothing was heard of it for too long";
    case Decision::kHostRevoked:
      return "the host was revoked";
    case Decision::kHostRenamed:
      return "the host goes by another name now";
  }
  return "";
}

bool IsHostGone(Decision decision) {
  return decision == Decision::kHostForgotten || decision == Decision::kHostSilentTooLong ||
         decision == Decision::kHostRevoked || decision == Decision::kHostRenamed;
}

}  // namespace faultline::rules
