// An incident: what a person handles and what is notified. One subject of one stack, at most one
// open at a time; the alerts of the subject join it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "collector/incidents/reason_family.h"
#include "collector/model/picture.h"
#include "collector/rules/alert.h"

namespace faultline::incidents {

enum class IncidentState { kOpen, kResolved };

struct EvidenceLine {
  std::string host;
  WallTime at;
  std::string text;
};

// One beginning of an alert.
struct Beginning {
  MonoTime at;
  WallTime since;
  ReasonFamily family = ReasonFamily::kFails;
};

// What is known and was told of one thing that broke in an incident (consequence.h: Faults).
struct Fault {
  std::string alert;  // its id
  bool told = false;  // that it is so, and as follows
  rules::Severity severity = rules::Severity::kCritical;
  std::string words;      // what is the matter, as CauseWords puts it
  bool end_told = false;  // nothing of it is left to say
  uint32_t times = 0;     // how often it began in this incident, for this family of reasons
  WallTime first;         // ... for the first time
  bool flaps = false;     // told so; its single ends and beginnings are not
  // Of an incident that is over: should it open once more, they count. Not stored.
  std::vector<Beginning> begins;
};

struct Incident {
  uint64_t id = 0;        // counts up over the whole collector
  std::string dedup_key;  // from stack, subject and the first transition's identity
  StackId stack;
  std::string subject;
  // While it is open that of the gravest that fires, afterwards the worst that it ever had.
  rules::Severity severity = rules::Severity::kCritical;
  IncidentState state = IncidentState::kOpen;
  // Of the alert that leads: the host's own word before a symptom seen from elsewhere.
  std::string lead_alert;
  std::string host;
  std::string reason;
  std::string title;  // first line of `text`
  std::string text;   // the whole message of the newest version
  std::vector<EvidenceLine> evidence;
  WallTime since;  // of this opening
  WallTime opened_at;
  WallTime resolved_at;              // {0} = open
  MonoTime opened_mono;              // of the collector's host, for measuring
  bool late = false;                 // pieced together from history after the fact
  uint32_t notifications = 0;        // versions sent so far
  std::vector<rules::Alert> alerts;  // what joined, newest state of each (bounded a host)
  std::vector<Fault> faults;         // of these; not those that only followed
  // How what led was put while it was so, by the alert's id and reason: "https://app.example/
  // answered 500". Once it is over nobody knows the figures any more. Not stored: a restart leaves
  // the plain form.
  std::map<std::string, std::string> was;
  // What was so in this opening and no fault tells any more, in the past tense: outages that are
  // known from history only, and what was the matter before with what is broken in another way now.
  // Not stored.
  std::vector<std::string> past;
  std::vector<HostId> witnesses;  // hosts in trouble with its subjects, some of them; not stored
  // Its Faults (consequence.h), while it is put into words and they are asked for over and over;
  // null otherwise.
  std::shared_ptr<const std::set<std::string>> known_faults;
};

enum class TimelineKind {
  kOpened,
  kAlertJoined,
  kAlertResolved,
  kReasonChanged,
  kTransition,      // a check of the subject changed state
  kLateTransition,  // the same, learned from history
  kSeverityRaised,
  kLeadChanged,
  kResolved,
  kNotified,
  kNotifyFailed,
  kGap,
};

std::string_view TimelineKindName(TimelineKind kind);  // "opened", "alert_joined", ...

struct TimelineEntry {
  uint64_t incident = 0;
  WallTime at;        // when it happened, corrected
  WallTime recorded;  // when the collector learned of it
  TimelineKind kind = TimelineKind::kTransition;
  std::string host;
  std::string check;  // CheckId::ToString()
  State state = State::kUnspecified;
  std::string reason;
  std::string text;  // one line for people
  bool late = false;
};

enum class NotificationEvent { kOpened, kUpdated, kResolved, kTest };

std::string_view NotificationEventName(NotificationEvent event);  // "opened", ...

// What is to be said to the world, frozen at the moment it was decided.
struct Notification {
  NotificationEvent event = NotificationEvent::kOpened;
  uint32_t version = 1;  // 1, 2, ... within the incident
  Incident incident;     // as of then
  WallTime decided_at;
};

}  // namespace faultline::incidents
