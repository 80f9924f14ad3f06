#include "collector/incidents/book.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/incidents/book_entries.h"

namespace faultline::incidents {
namespace {

// An agent may be cut off for long: what its host went through meanwhile was perhaps told by
// others.
constexpr Span kRemember = Span::Seconds(86400);
constexpr size_t kMaxRemembered = 1000;

}  // namespace

IncidentBook::IncidentBook(MessageOptions options, uint64_t last_id, std::vector<Incident> restored,
                           const std::vector<rules::Alert>& firing)
    : options_(std::move(options)), last_id_(last_id) {
  for (Incident& incident : restored) {
    last_id_ = std::max(last_id_, incident.id);
    if (incident.state != IncidentState::kOpen) {
      recent_.push_back(std::move(incident));
      continue;
    }
    published_[incident.id] = std::make_shared<const Incident>(incident);
    // Written by a collector that kept no account: what fires was told.
    if (incident.faults.empty() && incident.notifications > 0) {
      for (const rules::Alert& alert : incident.alerts) {
        if (!IsOver(alert)) {
          incident.faults.push_back({.alert = alert.id, .told = true, .severity = alert.severity});
        }
      }
    }
    Touch(Begin(std::move(incident)));
  }
  for (const rules::Alert& alert : firing) {
    const auto found = open_.find(alert.incident);
    if (found == open_.end() || alert.state != rules::AlertState::kFiring) continue;
    Open& open = found->second;
    if (FindAlert(open.incident, alert.id) != nullptr || !Put(open, alert)) continue;
    open.incident.faults.push_back({.alert = alert.id, .times = 1, .first = alert.since});
  }
}

Incident IncidentBook::NewIncident(const rules::Alert& alert, Moment moment) {
  Incident incident;
  incident.id = ++last_id_;
  incident.dedup_key = DedupKey(alert);
  // A check that was taken away and came back begins with the same transition.
  const std::string base = incident.dedup_key;
  const auto is_same = [&](const Incident& other) { return other.dedup_key == incident.dedup_key; };
  for (int n = 2; std::any_of(recent_.begin(), recent_.end(), is_same); ++n) {
    incident.dedup_key = absl::StrCat(base, "/again-", n);
  }
  incident.stack = alert.host.stack;
  incident.subject = alert.subject;
  incident.severity = alert.severity;
  incident.since = alert.since;
  incident.opened_at = moment.now;
  incident.opened_mono = moment.mono;
  incident.late = alert.late;
  return incident;
}

IncidentBook::Open& IncidentBook::Begin(Incident incident) {
  const uint64_t id = incident.id;
  told_.try_emplace(id, 0);
  by_subject_.insert_or_assign({incident.stack, incident.subject}, id);
  for (const rules::Alert& alert : incident.alerts) {
    if (IsOver(alert)) continue;
    by_subject_.try_emplace({incident.stack, alert.subject}, id);
    by_host_[alert.host].insert(id);
    if (alert.check.kind == "http") pages_.insert(id);
  }
  Open& open = open_[id];
  open.incident = std::move(incident);
  return open;
}

void IncidentBook::Touch(Open& open) {
  open.changed = true;
  touched_.insert(open.incident.id);
}

// False when its host has no room for more than what matters as much; what fires is remembered all
// the same.
bool IncidentBook::Put(Open& open, const rules::Alert& alert) {
  Incident& incident = open.incident;
  bool has_room = PutAlert(incident, alert);
  if (!has_room && IsOver(alert)) {
    open.crowd.erase(alert.id);
    return false;
  }
  if (!has_room) {
    if (std::optional<rules::Alert> lesser = TakeLesser(incident, alert)) {
      open.crowd.insert_or_assign(lesser->id, *lesser);
      has_room = PutAlert(incident, alert);
    }
  }
  if (!has_room) {
    open.crowd.insert_or_assign(alert.id, alert);
    return false;
  }
  open.crowd.erase(alert.id);
  by_subject_.try_emplace({incident.stack, alert.subject}, incident.id);
  by_host_[alert.host].insert(incident.id);
  if (alert.check.kind == "http") pages_.insert(incident.id);
  return true;
}

// What had no room takes the place of what is over.
void IncidentBook::Admit(Open& open, Moment moment) {
  const std::vector<Fault>& faults = open.incident.faults;
  for (auto it = open.crowd.begin(); it != open.crowd.end();) {
    const rules::Alert& alert = it->second;
    if (!PutAlert(open.incident, alert)) {
      ++it;
      continue;
    }
    // One that had to make room for another has begun before.
    const bool is_known = std::any_of(faults.begin(), faults.end(),
                                      [&](const Fault& fault) { return fault.alert == alert.id; });
    if (!is_known) Follow(open, alert, nullptr, moment);
    it = open.crowd.erase(it);
  }
}

// Of one that goes on: graver than all of it, or nearer to the cause than what leads.
bool IncidentBook::IsUrgent(Incident& incident, const rules::Alert& alert) const {
  if (alert.severity != incident.severity) return alert.severity > incident.severity;
  const rules::Alert* lead = FindAlert(incident, incident.lead_alert);
  return lead != nullptr && LeadRank(alert) < LeadRank(*lead);
}

uint64_t IncidentBook::Enter(const rules::Alert& alert, WallTime at, const model::Hosts& hosts,
                             Moment moment, BookChanges* changes) {
  if (alert.severity == rules::Severity::kInfo) return 0;
  Open* open = FindFor(alert, hosts, moment);
  if (open == nullptr) {
    if (IsOver(alert)) return alert.incident;
    open = &Begin(NewIncident(alert, moment));
    Put(*open, alert);
    Follow(*open, alert, nullptr, moment);
    Tell(EntryOf(open->incident, TimelineKind::kOpened, alert, alert.since, moment), changes);
    Touch(*open);
    return open->incident.id;
  }
  Incident& incident = open->incident;
  const rules::Alert* known = FindAlert(incident, alert.id);
  const bool news = known == nullptr || IsOver(*known);
  const bool is_over = IsOver(alert);
  // Known from history, and now from the host's live word.
  const bool is_adopted = !news && known->late && !alert.late;
  const bool reworded = !news && known->reason != alert.reason;
  Touch(*open);
  open->urgent = open->urgent || (!is_over && IsUrgent(incident, alert));
  if (is_over && news) {  // never was part of it, or said before
    if (open->crowd.erase(alert.id) > 0) TellNoEnd(incident, alert.id);
    return incident.id;
  }
  const std::optional<rules::Alert> before =
      known == nullptr ? std::nullopt : std::make_optional(*known);
  const bool is_another = reworded && IsBrokenInAnotherWay(*open, alert, *before);
  if (!Put(*open, alert)) return incident.id;
  if (is_over) {
    Tell(EntryOf(incident, TimelineKind::kAlertResolved, alert, at, moment), changes);
  } else if (news) {
    Tell(EntryOf(incident, TimelineKind::kAlertJoined, alert, alert.since, moment), changes);
  } else if (reworded) {
    Tell(EntryOf(incident, TimelineKind::kReasonChanged, alert, at, moment), changes);
  }
  if (news || is_over || is_adopted || is_another) {
    Follow(*open, alert, before.has_value() ? &*before : nullptr, moment);
  }
  incident.since = std::min(incident.since, alert.since);
  if (is_over) Admit(*open, moment);
  return incident.id;
}

Incident IncidentBook::Close(Open& open) {
  const uint64_t id = open.incident.id;
  published_.erase(id);
  touched_.erase(id);
  pages_.erase(id);
  WakeAt(open, std::nullopt);
  std::erase_if(by_subject_, [&](const auto& entry) { return entry.second == id; });
  for (const rules::Alert& alert : open.incident.alerts) {
    const auto host = by_host_.find(alert.host);
    if (host == by_host_.end()) continue;
    host->second.erase(id);
    if (host->second.empty()) by_host_.erase(host);
  }
  for (Fault& fault : open.incident.faults) {
    fault.begins = std::move(open.tracks[fault.alert].begins);
  }
  return std::move(open_.extract(id).mapped().incident);
}

void IncidentBook::Resolve(Incident incident, const model::Hosts& hosts, Moment moment,
                           BookChanges* changes) {
  incident.state = IncidentState::kResolved;
  incident.resolved_at = incident.since;
  for (const rules::Alert& alert : incident.alerts) {
    incident.resolved_at = std::max(incident.resolved_at, alert.resolved_at);
    incident.severity = std::max(incident.severity, alert.severity);
  }
  for (const Fault& fault : incident.faults) {
    if (fault.told) incident.severity = std::max(incident.severity, fault.severity);
  }
  News news{.occasion = Occasion::kResolved};
  for (const Fault& fault : incident.faults) {
    if (!fault.told || fault.times <= news.times) continue;
    news.times = fault.times;
    news.within = incident.resolved_at - fault.first;
  }
  Say(incident, NotificationEvent::kResolved, news, hosts, moment, changes);
  Tell({.incident = incident.id,
        .at = incident.resolved_at,
        .recorded = moment.now,
        .kind = TimelineKind::kResolved,
        .host = incident.host,
        .state = State::kOk,
        .text = incident.title,
        .late = incident.late},
       changes);
  Publish(incident, changes);
  told_.erase(incident.id);
  recent_.push_back(std::move(incident));
  Forget(moment.now);
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

std::vector<std::shared_ptr<const Incident>> IncidentBook::open() const {
  std::vector<std::shared_ptr<const Incident>> all;
  all.reserve(published_.size());
  for (const auto& [id, incident] : published_) all.push_back(incident);
  return all;
}

void IncidentBook::Forget(WallTime now) {
  while (!recent_.empty() &&
         (recent_.size() > kMaxRemembered || recent_.front().resolved_at + kRemember < now)) {
    recent_.pop_front();
  }
}

}  // namespace faultline::incidents
