// The book's part about history and the timeline.
#include <algorithm>
#include <utility>

#include "collector/incidents/book.h"
#include "collector/incidents/book_entries.h"

namespace faultline::incidents {

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

}  // namespace faultline::incidents
