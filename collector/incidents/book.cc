#include "collector/incidents/book.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace faultline::incidents {
namespace {

// Clocks of two hosts agree only so far: history this close to an incident belongs to it.
constexpr Span kOverlap = Span::Seconds(5);
// An agent may be cut off for long: what its host went through meanwhile was perhaps told by
// others.
constexpr Span kRemember = Span::Seconds(86400);
constexpr size_t kMaxRemembered = 1000;

bool IsOver(const rules::Alert& alert) {
  return alert.state == rules::AlertState::kResolved ||
         alert.state == rules::AlertState::kWithdrawn;
}

rules::Alert* FindAlert(Incident& incident, const std::string& id) {
  for (rules::Alert& alert : incident.alerts) {
    if (alert.id == id) return &alert;
  }
  return nullptr;
}

// Makes room for one more alert of `host`; false when all that it may have are firing.
bool HasRoom(Incident& incident, const HostId& host) {
  const auto of_host = [&](const rules::Alert& alert) { return alert.host == host; };
  const auto count = std::count_if(incident.alerts.begin(), incident.alerts.end(), of_host);
  if (static_cast<size_t>(count) < IncidentBook::kMaxAlertsPerHost) return true;
  const auto over =
      std::find_if(incident.alerts.begin(), incident.alerts.end(),
                   [&](const rules::Alert& alert) { return of_host(alert) && IsOver(alert); });
  if (over == incident.alerts.end()) return false;
  incident.alerts.erase(over);
  return true;
}

// A resolved alert that fires again replaces its older self. False when there is no room.
bool PutAlert(Incident& incident, const rules::Alert& alert) {
  rules::Alert* known = FindAlert(incident, alert.id);
  if (known == nullptr) {
    if (!HasRoom(incident, alert.host)) return false;
    incident.alerts.push_back(alert);
    known = &incident.alerts.back();
  } else {
    *known = alert;
  }
  known->incident = incident.id;
  return true;
}

State StateOf(const rules::Alert& alert) {
  if (IsOver(alert)) return State::kOk;
  return alert.severity == rules::Severity::kCritical ? State::kCritical : State::kWarning;
}

TimelineEntry EntryOf(const Incident& incident, TimelineKind kind, const rules::Alert& alert,
                      WallTime at, Moment moment) {
  return {.incident = incident.id,
          .at = at,
          .recorded = moment.now,
          .kind = kind,
          .host = alert.host.host,
          .check = alert.check.ToString(),
          .state = StateOf(alert),
          .reason = alert.reason,
          .text = alert.detail,
          .late = alert.late};
}

std::string DedupKey(const rules::Alert& alert) {
  return absl::StrCat(
      alert.host.stack.stack, "/", alert.host.stack.env, "/", alert.subject, "/", alert.host.host,
      "/", alert.transition.spool_id, "/", alert.transition.start_number, "/", alert.transition.seq,
      alert.transition.seq == 0 ? absl::StrCat("/", alert.since.ns) : std::string());
}

}  // namespace

IncidentBook::IncidentBook(MessageOptions options, uint64_t last_id, std::vector<Incident> restored)
    : options_(std::move(options)), last_id_(last_id) {
  for (Incident& incident : restored) {
    last_id_ = std::max(last_id_, incident.id);
    if (incident.state == IncidentState::kOpen) {
      told_[incident.id] = 0;
      const Key key{incident.stack, incident.subject};
      open_.insert_or_assign(key, std::move(incident));
    } else {
      recent_.push_back(std::move(incident));
    }
  }
}

Incident* IncidentBook::FindOpen(const StackId& stack, const std::string& subject) {
  const auto it = open_.find({stack, subject});
  return it == open_.end() ? nullptr : &it->second;
}

Incident* IncidentBook::FindAt(const StackId& stack, const std::string& subject, WallTime at) {
  Incident* open = FindOpen(stack, subject);
  if (open != nullptr && at + kOverlap >= open->since) return open;
  for (auto it = recent_.rbegin(); it != recent_.rend(); ++it) {
    if (it->stack == stack && it->subject == subject && at + kOverlap >= it->since &&
        at <= it->resolved_at + kOverlap) {
      return &*it;
    }
  }
  return nullptr;
}

Incident& IncidentBook::Open(const rules::Alert& alert, Moment moment) {
  Incident incident;
  incident.id = ++last_id_;
  incident.dedup_key = DedupKey(alert);
  incident.stack = alert.host.stack;
  incident.subject = alert.subject;
  incident.severity = alert.severity;
  incident.since = alert.since;
  incident.opened_at = moment.now;
  incident.opened_mono = moment.mono;
  incident.late = alert.late;
  told_[incident.id] = 0;
  const Key key{incident.stack, incident.subject};
  return open_.insert_or_assign(key, std::move(incident)).first->second;
}

void IncidentBook::Render(Incident& incident, const model::Hosts& hosts) {
  if (const rules::Alert* lead = LeadAlert(incident.alerts); lead != nullptr) {
    incident.lead_alert = lead->id;
    incident.host = lead->host.host;
    incident.reason = lead->reason;
  }
  incident.evidence = CollectEvidence(incident, hosts);
  incident.title = RenderTitle(incident, hosts);
  incident.text = RenderMessage(incident, hosts, options_);
}

void IncidentBook::Say(Incident& incident, NotificationEvent event, const model::Hosts& hosts,
                       Moment moment, BookChanges* changes) {
  Render(incident, hosts);
  ++incident.notifications;
  changes->notifications.push_back({.event = event,
                                    .version = incident.notifications,
                                    .incident = incident,
                                    .decided_at = moment.now});
}

uint64_t IncidentBook::Enter(const rules::Alert& alert, WallTime at, const model::Hosts& hosts,
                             Moment moment, BookChanges* changes) {
  if (alert.severity == rules::Severity::kInfo) return 0;
  Incident* incident = FindOpen(alert.host.stack, alert.subject);
  if (incident == nullptr) {
    if (IsOver(alert)) return alert.incident;
    Incident& opened = Open(alert, moment);
    PutAlert(opened, alert);
    Say(opened, NotificationEvent::kOpened, hosts, moment, changes);
    Tell(EntryOf(opened, TimelineKind::kOpened, alert, alert.since, moment), changes);
    changes->incidents.push_back(std::make_shared<const Incident>(opened));
    return opened.id;
  }

  const rules::Alert* known = FindAlert(*incident, alert.id);
  const bool news = known == nullptr || IsOver(*known);
  const rules::Alert* old_lead = LeadAlert(incident->alerts);
  const int old_rank = old_lead == nullptr ? 0 : LeadRank(*old_lead);
  const bool is_over = IsOver(alert);
  if (is_over && news) return incident->id;  // never was part of it, or said before
  const bool reworded = !news && known->reason != alert.reason;
  if (!PutAlert(*incident, alert)) return incident->id;
  if (is_over) {
    Tell(EntryOf(*incident, TimelineKind::kAlertResolved, alert, at, moment), changes);
  } else if (news) {
    Tell(EntryOf(*incident, TimelineKind::kAlertJoined, alert, alert.since, moment), changes);
  } else if (reworded) {
    Tell(EntryOf(*incident, TimelineKind::kReasonChanged, alert, at, moment), changes);
  }
  incident->since = std::min(incident->since, alert.since);

  const bool all_over = std::all_of(incident->alerts.begin(), incident->alerts.end(), IsOver);
  if (all_over) {
    const uint64_t id = incident->id;
    Resolve(*incident, hosts, moment, changes);
    return id;
  }
  const rules::Alert* lead = LeadAlert(incident->alerts);
  const bool graver = !is_over && alert.severity > incident->severity;
  // A symptom was told; now the host itself has spoken: worth one more word.
  const bool nearer = news && !is_over && lead->id == alert.id && LeadRank(*lead) < old_rank;
  if (graver) incident->severity = alert.severity;
  if (incident->notifications == 0) {
    // Pieced together from history, and the outage goes on: now it is told.
    Say(*incident, NotificationEvent::kOpened, hosts, moment, changes);
  } else if (graver || nearer) {
    Tell(EntryOf(*incident, graver ? TimelineKind::kSeverityRaised : TimelineKind::kLeadChanged,
                 alert, at, moment),
         changes);
    Say(*incident, NotificationEvent::kUpdated, hosts, moment, changes);
  } else {
    Render(*incident, hosts);
  }
  changes->incidents.push_back(std::make_shared<const Incident>(*incident));
  return incident->id;
}

void IncidentBook::Resolve(Incident& incident, const model::Hosts& hosts, Moment moment,
                           BookChanges* changes) {
  incident.state = IncidentState::kResolved;
  incident.resolved_at = incident.since;
  for (const rules::Alert& alert : incident.alerts) {
    incident.resolved_at = std::max(incident.resolved_at, alert.resolved_at);
  }
  // What was pieced together from history was never told of: both ends are told now.
  if (incident.notifications == 0)
    Say(incident, NotificationEvent::kOpened, hosts, moment, changes);
  Say(incident, NotificationEvent::kResolved, hosts, moment, changes);
  Tell({.incident = incident.id,
        .at = incident.resolved_at,
        .recorded = moment.now,
        .kind = TimelineKind::kResolved,
        .host = incident.host,
        .state = State::kOk,
        .text = incident.title,
        .late = incident.late},
       changes);
  changes->incidents.push_back(std::make_shared<const Incident>(incident));
  told_.erase(incident.id);
  recent_.push_back(incident);
  open_.erase({incident.stack, incident.subject});
  Forget(moment.now);
}

uint64_t IncidentBook::EnterLate(const rules::Alert& alert, const model::Hosts& hosts,
                                 Moment moment, BookChanges* changes) {
  if (alert.severity == rules::Severity::kInfo) return 0;
  Incident* incident = FindAt(alert.host.stack, alert.subject, alert.since);
  if (incident == nullptr) {
    if (IsOver(alert)) return alert.incident;
    if (FindOpen(alert.host.stack, alert.subject) != nullptr) return 0;  // a later outage is open
    Incident& opened = Open(alert, moment);
    PutAlert(opened, alert);
    Render(opened, hosts);
    Tell(EntryOf(opened, TimelineKind::kOpened, alert, alert.since, moment), changes);
    changes->incidents.push_back(std::make_shared<const Incident>(opened));
    return opened.id;
  }
  // An incident that was told of live keeps its live alerts; history only adds to its story. Since
  // notes of the transitions themselves tell it, nothing more is entered here.
  if (!incident->late || incident->state == IncidentState::kResolved) {
    if (alert.since < incident->since) {
      incident->since = alert.since;
      Render(*incident, hosts);
      changes->incidents.push_back(std::make_shared<const Incident>(*incident));
    }
    return incident->id;
  }
  PutAlert(*incident, alert);
  const uint64_t id = incident->id;
  if (std::all_of(incident->alerts.begin(), incident->alerts.end(), IsOver)) {
    Resolve(*incident, hosts, moment, changes);
  } else {
    Render(*incident, hosts);
    changes->incidents.push_back(std::make_shared<const Incident>(*incident));
  }
  return id;
}

void IncidentBook::Tell(TimelineEntry entry, BookChanges* changes) {
  // Lines of an incident that is over come from history, and each record of it is told once.
  const auto count = told_.find(entry.incident);
  const bool bounded =
      entry.kind == TimelineKind::kTransition || entry.kind == TimelineKind::kLateTransition ||
      entry.kind == TimelineKind::kReasonChanged || entry.kind == TimelineKind::kGap;
  if (count != told_.end() && ++count->second > kMaxTimeline && bounded) return;
  changes->timeline.push_back(std::move(entry));
}

void IncidentBook::Note(const TransitionNote& note, Moment moment, BookChanges* changes) {
  const Incident* incident = note.late ? FindAt(note.host.stack, note.subject, note.at)
                                       : FindOpen(note.host.stack, note.subject);
  if (incident == nullptr) return;
  Tell({.incident = incident->id,
        .at = note.at,
        .recorded = moment.now,
        .kind = note.late ? TimelineKind::kLateTransition : TimelineKind::kTransition,
        .host = note.host.host,
        .check = note.check,
        .state = note.state,
        .reason = note.reason,
        .text = note.detail,
        .late = note.late},
       changes);
}

void IncidentBook::NoteGap(const GapNote& note, Moment moment, BookChanges* changes) {
  for (const auto& [key, incident] : open_) {
    const bool has_part =
        std::any_of(incident.alerts.begin(), incident.alerts.end(),
                    [&](const rules::Alert& alert) { return alert.host == note.host; });
    if (!has_part) continue;
    Tell({.incident = incident.id,
          .at = note.from,
          .recorded = moment.now,
          .kind = TimelineKind::kGap,
          .host = note.host.host,
          .text = note.why,
          .late = true},
         changes);
  }
}

std::vector<rules::Alert> IncidentBook::LateFiring(const HostId& host) const {
  std::vector<rules::Alert> all;
  for (const auto& [key, incident] : open_) {
    for (const rules::Alert& alert : incident.alerts) {
      if (alert.late && alert.host == host && !IsOver(alert)) all.push_back(alert);
    }
  }
  return all;
}

std::vector<std::shared_ptr<const Incident>> IncidentBook::open() const {
  std::vector<std::shared_ptr<const Incident>> all;
  all.reserve(open_.size());
  for (const auto& [key, incident] : open_) {
    all.push_back(std::make_shared<const Incident>(incident));
  }
  return all;
}

void IncidentBook::Forget(WallTime now) {
  while (!recent_.empty() &&
         (recent_.size() > kMaxRemembered || recent_.front().resolved_at + kRemember < now)) {
    recent_.pop_front();
  }
}

}  // namespace faultline::incidents
