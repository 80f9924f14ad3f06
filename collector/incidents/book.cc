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

IncidentBook::IncidentBook(MessageOptions options, uint64_t last_id, std::vector<Incident> restored)
    : options_(std::move(options)), last_id_(last_id) {
  for (Incident& incident : restored) {
    last_id_ = std::max(last_id_, incident.id);
    if (incident.state == IncidentState::kOpen) {
      told_[incident.id] = 0;
      published_[incident.id] = std::make_shared<const Incident>(incident);
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
  told_[incident.id] = 0;
  PutAlert(incident, alert);
  return incident;
}

Incident& IncidentBook::Open(const rules::Alert& alert, Moment moment) {
  Incident incident = NewIncident(alert, moment);
  const Key key{incident.stack, incident.subject};
  return open_.insert_or_assign(key, std::move(incident)).first->second;
}

void IncidentBook::Publish(const Incident& incident, BookChanges* changes) {
  auto state = std::make_shared<const Incident>(incident);
  if (incident.state == IncidentState::kOpen) published_[incident.id] = state;
  for (auto& known : changes->incidents) {
    if (known->id != incident.id) continue;
    known = std::move(state);
    return;
  }
  changes->incidents.push_back(std::move(state));
}

void IncidentBook::Render(Incident& incident, const model::Hosts& hosts) {
  if (const rules::Alert* lead = LeadAlert(incident.alerts); lead != nullptr) {
    incident.lead_alert = lead->id;
    incident.host = lead->host.host;
    incident.reason = lead->reason;
    // The first word stays: while all gets well again, the checks do not agree.
    const std::string key = absl::StrCat(lead->id, "/", lead->reason);
    if (!IsOver(*lead)) incident.was.try_emplace(key, PastTrouble(*lead, hosts));
  }
  incident.evidence = CollectEvidence(incident, hosts);
  incident.text = RenderMessage(incident, hosts, options_);
  incident.title = incident.text.substr(0, incident.text.find('\n'));
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
    Say(opened, NotificationEvent::kOpened, hosts, moment, changes);
    Tell(EntryOf(opened, TimelineKind::kOpened, alert, alert.since, moment), changes);
    Publish(opened, changes);
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

  if (std::all_of(incident->alerts.begin(), incident->alerts.end(), IsOver)) {
    const uint64_t id = incident->id;
    Resolve(Close(*incident), hosts, moment, changes);
    return id;
  }
  const rules::Alert* lead = LeadAlert(incident->alerts);
  const bool graver = !is_over && alert.severity > incident->severity;
  // A symptom was told; now the host itself has spoken: worth one more word.
  const bool nearer = news && !is_over && lead->id == alert.id && LeadRank(*lead) < old_rank;
  if (graver) incident->severity = alert.severity;
  if (incident->notifications == 0 && !is_over) {
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
  Publish(*incident, changes);
  return incident->id;
}

void IncidentBook::BringUpToDate(const rules::Alert& alert, const model::Hosts& hosts,
                                 BookChanges* changes) {
  Incident* incident = FindOpen(alert.host.stack, alert.subject);
  if (incident == nullptr) return;
  const std::vector<EvidenceLine> before = incident->evidence;
  Render(*incident, hosts);
  const bool same = std::equal(before.begin(), before.end(), incident->evidence.begin(),
                               incident->evidence.end(), [](const auto& one, const auto& other) {
                                 return one.host == other.host && one.text == other.text;
                               });
  if (!same) Publish(*incident, changes);
}

Incident IncidentBook::Close(Incident& open) {
  published_.erase(open.id);
  return std::move(open_.extract({open.stack, open.subject}).mapped());
}

void IncidentBook::Resolve(Incident incident, const model::Hosts& hosts, Moment moment,
                           BookChanges* changes) {
  incident.state = IncidentState::kResolved;
  incident.resolved_at = incident.since;
  for (const rules::Alert& alert : incident.alerts) {
    incident.resolved_at = std::max(incident.resolved_at, alert.resolved_at);
  }
  // What was pieced together from history was never told of: both ends are told now.
  if (incident.notifications == 0) {
    Say(incident, NotificationEvent::kOpened, hosts, moment, changes);
  }
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
