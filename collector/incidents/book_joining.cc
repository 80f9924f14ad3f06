// The book's part that finds the incident to which an alert belongs.
#include <algorithm>
#include <utility>

#include "collector/incidents/book.h"
#include "collector/incidents/book_entries.h"
#include "collector/incidents/consequence.h"
#include "collector/incidents/host_loss.h"

namespace faultline::incidents {
namespace {

// A symptom may be seen, and told, this long before its cause is.
constexpr Span kCauseComesLater = Span::Seconds(60);

}  // namespace

IncidentBook::Open* IncidentBook::Find(const StackId& stack, const std::string& subject) {
  const auto it = by_subject_.find({stack, subject});
  return it == by_subject_.end() ? nullptr : &open_.at(it->second);
}

const Incident* IncidentBook::FindOpen(const StackId& stack, const std::string& subject) const {
  const auto it = by_subject_.find({stack, subject});
  return it == by_subject_.end() ? nullptr : &open_.at(it->second).incident;
}

// What it had a part in when it was told is where it goes on, whatever its subject is called since.
IncidentBook::Open* IncidentBook::FindFor(const rules::Alert& alert, const model::Hosts& hosts,
                                          Moment moment) {
  if (const auto own = open_.find(alert.incident); own != open_.end()) {
    if (FindAlert(own->second.incident, alert.id) != nullptr ||
        own->second.crowd.contains(alert.id)) {
      return &own->second;
    }
  }
  if (Open* open = Find(alert.host.stack, alert.subject)) return open;
  if (IsOver(alert)) return nullptr;
  if (Open* open = FindRelated(alert, hosts, moment)) return open;
  return Reopen(alert, moment);
}

// What follows from another subject's open incident belongs to it, and so does the cause of what
// was told a moment ago.
IncidentBook::Open* IncidentBook::FindRelated(const rules::Alert& alert, const model::Hosts& hosts,
                                              Moment moment) {
  std::set<uint64_t> near;
  const auto add = [&](const HostId& host) {
    const auto found = by_host_.find(host);
    if (found != by_host_.end()) near.insert(found->second.begin(), found->second.end());
  };
  add(alert.host);
  if (Nearness(alert) > Nearness({.check = {.kind = "listener"}})) {
    for (const HostId& host : EndsOf(alert, hosts)) add(host);
  }
  // A gone host is seen by anybody.
  if (IsHostGone(alert)) {
    for (const auto& [id, open] : open_) near.insert(id);
  }
  // Pages are seen from hosts that depend on this one.
  near.insert(pages_.begin(), pages_.end());
  const bool is_of_loss = FollowsFromOwnLoss(alert, hosts);
  for (const uint64_t id : near) {
    Open& open = open_.at(id);
    if (open.incident.late || open.incident.stack != alert.host.stack) continue;
    const bool is_fresh =
        !open.first_word.has_value() || moment.mono - *open.first_word < kCauseComesLater;
    for (const rules::Alert& other : open.incident.alerts) {
      if (other.late) continue;
      if (is_of_loss && BeganWhileGone(alert, other)) return &open;
      if (IsOver(other)) continue;
      if (DependsOn(alert, other, hosts) || (is_fresh && DependsOn(other, alert, hosts))) {
        return &open;
      }
    }
  }
  return nullptr;
}

IncidentBook::Open* IncidentBook::Reopen(const rules::Alert& alert, Moment moment) {
  const auto is_it = [&](Incident& incident) {
    return incident.stack == alert.host.stack && incident.subject == alert.subject &&
           !incident.late && incident.resolved_at + kReopen > moment.now &&
           FindAlert(incident, alert.id) != nullptr;
  };
  const auto found = std::find_if(recent_.rbegin(), recent_.rend(), is_it);
  if (found == recent_.rend()) return nullptr;
  Incident incident = std::move(*found);
  recent_.erase(std::next(found).base());
  incident.state = IncidentState::kOpen;
  incident.resolved_at = {};
  incident.since = alert.since;
  incident.past.clear();
  Open& open = Begin(std::move(incident));
  // Of what is known from the store it is kept how often it began, not when: soon enough to count.
  for (Fault& fault : open.incident.faults) {
    Track& track = open.tracks[fault.alert];
    track.ended = moment.mono;
    const rules::Alert* before = FindAlert(open.incident, fault.alert);
    track.begins = std::move(fault.begins);
    if (before == nullptr || !track.begins.empty()) continue;
    for (uint32_t n = std::min(fault.times, kFlapTimes); n > 0; --n) {
      track.begins.push_back({moment.mono, fault.first, FamilyOf(before->reason)});
    }
  }
  for (Fault& fault : open.incident.faults) fault.told = fault.end_told = fault.flaps = false;
  return &open;
}

}  // namespace faultline::incidents
