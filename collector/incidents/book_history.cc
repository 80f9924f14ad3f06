// The book's part about history and the timeline.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/incidents/book.h"
#include "collector/incidents/book_entries.h"
#include "collector/incidents/consequence.h"
#include "collector/incidents/host_loss.h"
#include "collector/incidents/message_words.h"
#include "collector/incidents/reason_family.h"
#include "collector/rules/rule.h"

namespace faultline::incidents {

namespace {

// Clocks of two hosts agree only so far: history this close to an incident belongs to it.
constexpr Span kOverlap = Span::Seconds(5);
constexpr size_t kMaxPast = 20;

// One check's own clock is beyond doubt: what began after its end is another outage, however soon.
bool IsAnother(Incident& then, const rules::Alert& alert) {
  const rules::Alert* known = FindAlert(then, alert.id);
  return then.state == IncidentState::kResolved && known != nullptr &&
         known->resolved_at < alert.since && known->transition.seq != alert.transition.seq;
}

}  // namespace

Incident* IncidentBook::FindAt(const StackId& stack, const std::string& subject, WallTime at) {
  Open* open = Find(stack, subject);
  if (open != nullptr &&
      at + kOverlap >= std::min(open->incident.since, open->incident.opened_at)) {
    return &open->incident;
  }
  for (auto it = recent_.rbegin(); it != recent_.rend(); ++it) {
    if (it->stack == stack && it->subject == subject && at + kOverlap >= it->since &&
        at <= it->resolved_at + kOverlap) {
      return &*it;
    }
  }
  return nullptr;
}

Incident* IncidentBook::FindOf(const rules::Alert& alert) {
  Open* open = Find(alert.host.stack, alert.subject);
  if (open != nullptr && FindAlert(open->incident, alert.id) != nullptr) return &open->incident;
  Incident* then = FindAt(alert.host.stack, alert.subject, alert.since);
  if (then != nullptr && !IsAnother(*then, alert)) return then;
  // Began before the incident and lasted into it.
  const bool reaches =
      open != nullptr && IsOver(alert) && alert.resolved_at + kOverlap >= open->incident.since;
  return reaches ? &open->incident : nullptr;
}

// What a host saw of others while it was gone itself, or cut off from them, is of that.
Incident* IncidentBook::FindOwnLoss(const rules::Alert& alert, const model::Hosts& hosts) {
  if (!FollowsFromOwnLoss(alert, hosts)) return nullptr;
  const auto is_it = [&](const Incident& incident) {
    return std::any_of(incident.alerts.begin(), incident.alerts.end(),
                       [&](const rules::Alert& loss) {
                         return loss.host == alert.host && WasHostGone(incident, loss) &&
                                alert.since + kOverlap >= loss.since &&
                                (!IsOver(loss) || alert.since <= loss.resolved_at + kOverlap);
                       });
  };
  if (const auto open = by_host_.find(alert.host); open != by_host_.end()) {
    for (const uint64_t id : open->second) {
      if (is_it(open_.at(id).incident)) return &open_.at(id).incident;
    }
  }
  const auto found = std::find_if(recent_.rbegin(), recent_.rend(), [&](const Incident& incident) {
    return incident.stack == alert.host.stack && alert.since <= incident.resolved_at + kOverlap &&
           is_it(incident);
  });
  return found == recent_.rend() ? nullptr : &*found;
}

// That a host was off the network is why others got no answer from it, as was told then.
Incident* IncidentBook::FindSeenLoss(const rules::Alert& alert, const model::Hosts& hosts) {
  if (alert.check.kind != "route") return nullptr;
  const auto is_it = [&](const Incident& incident) {
    const auto& all = incident.alerts;
    return incident.stack == alert.host.stack &&
           std::any_of(all.begin(), all.end(), [&](const rules::Alert& seen) {
             return seen.check.kind != "http" && FamilyOf(seen.reason) == ReasonFamily::kSilent &&
                    seen.host != alert.host &&
                    (!IsOver(alert) || seen.since <= alert.resolved_at) &&
                    (!IsOver(seen) || alert.since <= seen.resolved_at) &&
                    EndsOf(seen, hosts).contains(alert.host);
           });
  };
  for (auto& [id, open] : open_) {
    if (is_it(open.incident)) return &open.incident;
  }
  const auto found = std::find_if(recent_.rbegin(), recent_.rend(), is_it);
  return found == recent_.rend() ? nullptr : &*found;
}

bool IncidentBook::IsOfOwnLoss(const rules::Alert& alert, const model::Hosts& hosts) {
  return FindOwnLoss(alert, hosts) != nullptr;
}

uint64_t IncidentBook::EnterLate(const rules::Alert& alert, const model::Hosts& hosts,
                                 Moment moment, BookChanges* changes) {
  if (alert.severity == rules::Severity::kInfo) return 0;
  if (Incident* incident = FindOf(alert); incident != nullptr) {
    const uint64_t id = incident->id;
    const rules::Alert* known = FindAlert(*incident, alert.id);
    // What is live speaks for itself, also when it has not been concluded yet.
    const bool is_live = known != nullptr && !known->late;
    const bool untold = incident->late && incident->notifications == 0;
    const bool by_history_only = known != nullptr && known->late && !IsOver(*known);
    if (incident->state == IncidentState::kOpen && !is_live && (untold || by_history_only)) {
      Continue(open_.at(id), alert, hosts, moment, changes);
    } else {
      const bool moved = MoveSince(*incident, alert);
      const size_t before = incident->past.size();
      if (incident->state == IncidentState::kOpen) Remember(*incident, alert, hosts);
      if (!moved && incident->past.size() == before) return id;
      if (incident->state == IncidentState::kOpen) {
        Touch(open_.at(id));
      } else {
        Render(*incident, hosts, {.occasion = Occasion::kResolved});
        Publish(*incident, changes);
      }
    }
    return id;
  }
  Incident* loss = FindOwnLoss(alert, hosts);
  if (loss == nullptr) loss = FindSeenLoss(alert, hosts);
  if (loss != nullptr) {
    if (loss->state == IncidentState::kOpen) Remember(*loss, alert, hosts);
    if (alert.incident != loss->id) {
      Tell(EntryOf(*loss, TimelineKind::kAlertJoined, alert, alert.since, moment), changes);
    }
    return loss->id;
  }
  if (IsOver(alert)) {
    if (alert.incident != 0) return alert.incident;
    Incident episode = NewIncident(alert, moment);
    PutAlert(episode, alert);
    const uint64_t id = episode.id;
    Tell(EntryOf(episode, TimelineKind::kOpened, alert, alert.since, moment), changes);
    Resolve(std::move(episode), hosts, moment, changes);
    return id;
  }
  if (Find(alert.host.stack, alert.subject) != nullptr) return 0;
  Open& opened = Begin(NewIncident(alert, moment));
  Put(opened, alert);
  Tell(EntryOf(opened.incident, TimelineKind::kOpened, alert, alert.since, moment), changes);
  Touch(opened);
  return opened.incident.id;
}

void IncidentBook::Continue(Open& open, const rules::Alert& alert, const model::Hosts& hosts,
                            Moment moment, BookChanges* changes) {
  Incident& incident = open.incident;
  if (!Put(open, alert)) return;
  incident.severity = std::max(incident.severity, alert.severity);
  incident.since = std::min(incident.since, alert.since);
  const bool is_over = std::all_of(incident.alerts.begin(), incident.alerts.end(), IsOver);
  if (is_over && open.crowd.empty() && incident.notifications == 0) {
    return Resolve(Close(open), hosts, moment, changes);
  }
  Touch(open);
}

void IncidentBook::Remember(Incident& incident, const rules::Alert& alert,
                            const model::Hosts& hosts) {
  const rules::Alert* known = FindAlert(incident, alert.id);
  // A symptom that had no part in it follows from what it was told with.
  const bool follows = known == nullptr && rules::RuleFor(alert.check.kind).symptom;
  if (!IsOver(alert) || follows) return;
  const bool is_same = known != nullptr && alert.resolved_at >= known->since &&
                       (!IsOver(*known) || alert.since <= known->resolved_at);
  if (is_same || incident.past.size() == kMaxPast) return;
  incident.past.push_back(absl::StrCat(PastTrouble(alert, hosts), " for ",
                                       SpanInWords(alert.resolved_at - alert.since)));
}

// The transitions themselves are noted in the timeline; only the beginning may turn out to be
// earlier. An outage of the same check that was over before then was another one.
bool IncidentBook::MoveSince(Incident& incident, const rules::Alert& alert) {
  // Of one that opened once more, the outages before that are no part.
  const bool is_of_before = IsOver(alert) && alert.resolved_at + kOverlap < incident.since;
  if (is_of_before && incident.opened_at < incident.since) return false;
  const WallTime opening = incident.since;
  WallTime since = std::min(incident.since, alert.since);
  if (const rules::Alert* known = FindAlert(incident, alert.id);
      known != nullptr && IsOver(alert) && alert.resolved_at < known->since) {
    since = known->since;
    for (const rules::Alert& other : incident.alerts) {
      const bool is_part = !IsOver(other) || other.resolved_at >= opening;
      if (is_part) since = std::min(since, other.since);
    }
  }
  return std::exchange(incident.since, since) != since;
}

void IncidentBook::Note(const TransitionNote& note, Moment moment, BookChanges* changes) {
  const Incident* incident = FindOpen(note.host.stack, note.subject);
  // What history says of a check that fires now is that outage's beginning, however long it took.
  const bool fires =
      incident != nullptr && note.late &&
      std::any_of(incident->alerts.begin(), incident->alerts.end(), [&](const rules::Alert& alert) {
        return !IsOver(alert) && alert.host == note.host && alert.check.ToString() == note.check;
      });
  if (note.late && !fires) incident = FindAt(note.host.stack, note.subject, note.at);
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
  const auto tell = [&](const Incident& incident) {
    const bool has_part =
        std::any_of(incident.alerts.begin(), incident.alerts.end(),
                    [&](const rules::Alert& alert) { return alert.host == note.host; });
    const bool ended_before =
        incident.state == IncidentState::kResolved && incident.resolved_at + kOverlap < note.from;
    if (!has_part || ended_before || note.to + kOverlap < incident.since) return;
    Tell({.incident = incident.id,
          .at = note.from,
          .recorded = moment.now,
          .kind = TimelineKind::kGap,
          .host = note.host.host,
          .text = note.why,
          .late = true},
         changes);
  };
  for (const auto& [id, open] : open_) tell(open.incident);
  for (const Incident& incident : recent_) tell(incident);
}

std::vector<rules::Alert> IncidentBook::LateFiring(const HostId& host) const {
  std::vector<rules::Alert> all;
  for (const auto& [id, open] : open_) {
    for (const rules::Alert& alert : open.incident.alerts) {
      if (alert.late && alert.host == host && !IsOver(alert)) all.push_back(alert);
    }
  }
  return all;
}

}  // namespace faultline::incidents
