#include "collector/incidents/incident.h"

namespace faultline::incidents {

std::string_view TimelineKindName(TimelineKind kind) {
  switch (kind) {
    case TimelineKind::kOpened:
      return "opened";
    case TimelineKind::kAlertJoined:
      return "alert_joined";
    case TimelineKind::kAlertResolved:
      return "alert_resolved";
    case TimelineKind::kReasonChanged:
      return "reason_changed";
    case TimelineKind::kTransition:
      return "transition";
    case TimelineKind::kLateTransition:
      return "late_transition";
    case TimelineKind::kSeverityRaised:
      return "severity_raised";
    case TimelineKind::kLeadChanged:
      return "lead_changed";
    case TimelineKind::kResolved:
      return "resolved";
    case TimelineKind::kNotified:
      return "notified";
    case TimelineKind::kNotifyFailed:
      return "notify_failed";
    case TimelineKind::kGap:
      return "gap";
  }
  return "";
}

std::string_view NotificationEventName(NotificationEvent event) {
  switch (event) {
    case NotificationEvent::kOpened:
      return "opened";
    case NotificationEvent::kUpdated:
      return "updated";
    case NotificationEvent::kTest:
      return "test";
    case NotificationEvent::kResolved:
      return "resolved";
  }
  return "";
}

}  // namespace faultline::incidents
