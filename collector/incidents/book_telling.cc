// The book's part that speaks: what is true beside what was told (life.h), and the messages.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/incidents/book.h"
#include "collector/incidents/book_entries.h"
#include "collector/incidents/cause.h"
#include "collector/incidents/consequence.h"
#include "collector/incidents/host_loss.h"

namespace faultline::incidents {
namespace {

// When the collector hears one host again, the others' agents try again within their longest
// backoff: it is cut off no more.
constexpr Span kOthersComeBack = Span::Seconds(40);

bool SameLines(const std::vector<EvidenceLine>& one, const std::vector<EvidenceLine>& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](const EvidenceLine& a, const EvidenceLine& b) {
                      return a.host == b.host && a.text == b.text;
                    });
}

// Who speaks for an open incident: whose news it is where nothing that fires is graver, else who
// did so before, else by LeadAlert.
const rules::Alert* LeadOf(const Incident& incident, const std::set<std::string>& faults,
                           const std::string& news) {
  rules::Severity gravest = rules::Severity::kInfo;
  for (const rules::Alert& alert : incident.alerts) {
    if (faults.contains(alert.id)) gravest = std::max(gravest, alert.severity);
  }
  const rules::Alert* before = nullptr;
  const rules::Alert* best = nullptr;
  for (const rules::Alert& alert : incident.alerts) {
    if (!faults.contains(alert.id) || alert.severity < gravest) continue;
    if (alert.id == news) return &alert;
    if (alert.id == incident.lead_alert) before = &alert;
    const bool leads = best == nullptr || LeadRank(alert) < LeadRank(*best) ||
                       (LeadRank(alert) == LeadRank(*best) && alert.since < best->since);
    if (leads) best = &alert;
  }
  return before != nullptr ? before : best;
}

TimelineKind KindOf(Occasion occasion) {
  return occasion == Occasion::kGraver ? TimelineKind::kSeverityRaised : TimelineKind::kLeadChanged;
}

}  // namespace

std::optional<MonoTime> IncidentBook::NextDue() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

void IncidentBook::Conclude(const model::Hosts& hosts, Moment moment, BookChanges* changes) {
  while (!due_.empty() && due_.begin()->first <= moment.mono) {
    const uint64_t id = due_.begin()->second;
    due_.erase(due_.begin());
    open_.at(id).due.reset();
    touched_.insert(id);
  }
  for (const uint64_t id : std::exchange(touched_, {})) {
    const auto found = open_.find(id);
    if (found == open_.end()) continue;
    Open& open = found->second;
    if (const MonoTime then = MayWaitUntil(open); then > moment.mono) {
      WakeAt(open, open.due.has_value() ? std::min(*open.due, then) : then);
    } else {
      ConcludeOne(open, hosts, moment, changes);
    }
  }
}

MonoTime IncidentBook::MayWaitUntil(const Open& open) const {
  const size_t size = open.incident.alerts.size();
  const bool may_wait = size >= kLarge && open.first_word.has_value() && !open.urgent;
  if (!may_wait || !open.looked.has_value()) return {};
  const auto& alerts = open.incident.alerts;
  if (open.crowd.empty() && std::all_of(alerts.begin(), alerts.end(), IsOver)) return {};
  const auto count = static_cast<int64_t>(size);
  const Span every{std::min(kLookPerAlert.ns * count, kLookAtLeast.ns)};
  const MonoTime then = *open.looked + every;
  return {(then.ns + kTogether.ns - 1) / kTogether.ns * kTogether.ns};
}

void IncidentBook::WakeAt(Open& open, std::optional<MonoTime> due) {
  if (open.due.has_value()) due_.erase({*open.due, open.incident.id});
  open.due = due;
  if (open.due.has_value()) due_.insert({*open.due, open.incident.id});
}

// What is true of the faults, as far as the rules of life ask.
IncidentNow IncidentBook::Look(Open& open, const model::Hosts& hosts, Moment moment) {
  Incident& incident = open.incident;
  const std::set<std::string> faults = Faults(incident.alerts, hosts);
  IncidentNow now{.now = moment.mono,
                  .first_word = open.first_word,
                  .last_reword = open.last_reword,
                  .news_from = open.last_word + open.news_every,
                  .any_fires = !open.crowd.empty()};
  std::set<std::string> following;
  rules::Severity gravest = rules::Severity::kInfo;
  for (const rules::Alert& alert : incident.alerts) {
    const bool fires = !IsOver(alert);
    now.any_fires = now.any_fires || fires;
    if (fires) gravest = std::max(gravest, alert.severity);
    if (alert.late) continue;
    Track& track = open.tracks[alert.id];
    FaultNow fault{.alert = alert.id, .severity = alert.severity};
    fault.fires = fires && faults.contains(alert.id);
    fault.follows = fires && !fault.fires;
    fault.withdrawn = alert.state == rules::AlertState::kWithdrawn &&
                      alert.decision == rules::Decision::kCheckRemoved;
    fault.returned = alert.state == rules::AlertState::kResolved && IsHostGone(alert);
    if (fault.follows) following.insert(alert.id);
    if (!fault.fires) {
      track.freed.reset();
    } else if (open.following.contains(alert.id)) {
      track.freed = moment.mono + (IsCollectorCutOff(alert) ? kOthersComeBack : Span{});
    }
    const ReasonFamily family = FamilyOf(alert.reason);
    if (fires && track.begins.empty()) {
      track.begins.push_back({moment.mono, alert.since, family});
    }
    if (!fires && !track.ended.has_value()) track.ended = moment.mono;
    if (fault.fires) {
      const std::string words = CauseWords(alert, hosts);
      if (words != track.words || alert.severity != track.severity) {
        track.words = words;
        track.severity = alert.severity;
        track.worded = moment.mono;
      }
    }
    const auto known = std::find_if(incident.faults.begin(), incident.faults.end(),
                                    [&](const Fault& one) { return one.alert == alert.id; });
    // Told by a collector that kept no account of words.
    if (known != incident.faults.end() && known->told && known->words.empty()) {
      known->words = track.words;
    }
    fault.words = track.words;
    fault.trouble = absl::StrCat(alert.check.kind, " ", alert.reason);
    fault.names_cause = track.words.find(": ") != std::string::npos;
    fault.worded = track.worded;
    fault.began = track.begins.empty() ? moment.mono : track.begins.back().at;
    fault.ended = track.ended.value_or(moment.mono);
    fault.freed = track.freed;
    // A ticket that comes and goes ends as it ends.
    const bool is_known = known != incident.faults.end() && known->flaps;
    fault.flaps = alert.severity == rules::Severity::kCritical &&
                  (CountOf(track, family) >= kFlapTimes || is_known);
    now.faults.push_back(std::move(fault));
  }
  open.following = std::move(following);
  if (now.any_fires) incident.severity = gravest;
  if (open.gravest.first != gravest) open.gravest = {gravest, moment.mono};
  now.gravest = gravest;
  now.gravest_since = open.gravest.second;
  return now;
}

void IncidentBook::ConcludeOne(Open& open, const model::Hosts& hosts, Moment moment,
                               BookChanges* changes) {
  Incident& incident = open.incident;
  const bool changed = std::exchange(open.changed, false);
  const bool stale = std::exchange(open.stale, false);
  open.urgent = false;
  open.looked = moment.mono;
  // Told before this collector was started.
  if (!open.first_word.has_value() && incident.notifications > 0 && incident.late == false &&
      std::any_of(incident.faults.begin(), incident.faults.end(),
                  [](const Fault& fault) { return fault.told; })) {
    open.first_word = moment.mono;
  }
  const IncidentNow now = Look(open, hosts, moment);
  const Word word = NextWord(incident.faults, now);
  WakeAt(open, word.next);
  if (word.occasion == Occasion::kResolved) {
    return Resolve(Close(open), hosts, moment, changes);
  }
  if (word.occasion != Occasion::kNone) return Speak(open, word, now, hosts, moment, changes);
  if (!changed && !stale) return;
  const std::vector<EvidenceLine> before = incident.evidence;
  Render(incident, hosts, {});
  if (changed || !SameLines(before, incident.evidence)) Publish(incident, changes);
}

void IncidentBook::Speak(Open& open, const Word& word, const IncidentNow& now,
                         const model::Hosts& hosts, Moment moment, BookChanges* changes) {
  Incident& incident = open.incident;
  News news{.occasion = word.occasion, .alert = word.alert};
  for (const FaultNow& fault : now.faults) {
    const auto known = std::find_if(incident.faults.begin(), incident.faults.end(),
                                    [&](const Fault& one) { return one.alert == fault.alert; });
    if (known == incident.faults.end()) continue;
    // The end of what comes and goes is believed later.
    const bool is_over =
        !fault.fires && !fault.follows && (!fault.flaps || fault.ended + kCalm <= moment.mono);
    if (is_over && known->told && !known->end_told) news.ended.push_back(fault.alert);
    if (fault.alert != word.alert || known->times < 2) continue;
    news.times = known->times;
    const rules::Alert* about = FindAlert(incident, fault.alert);
    if (about != nullptr) news.within = about->since - known->first;
  }
  const bool is_first = !open.first_word.has_value();
  if (is_first) open.first_word = moment.mono;
  if (word.occasion == Occasion::kReworded) open.last_reword = moment.mono;
  const Span twice{2 * open.news_every.ns};
  const bool has_waited = !is_first && moment.mono - open.last_word < twice;
  open.news_every = has_waited ? std::min(twice, kNewsAtMost) : kNewsEvery;
  open.last_word = moment.mono;
  if (!is_first) {
    if (const rules::Alert* about = FindAlert(incident, word.alert); about != nullptr) {
      Tell(EntryOf(incident, KindOf(word.occasion), *about, moment.now, moment), changes);
    }
  }
  if (is_first) {
    Say(incident, NotificationEvent::kOpened, news, hosts, moment, changes);
  } else {
    Update(open, news, hosts, moment, changes);
  }
  open.last_text = incident.text;
  MarkTold(now, &incident.faults);
  for (const Fault& fault : incident.faults) {
    // It is counted anew from what was told last.
    const rules::Alert* alert = FindAlert(incident, fault.alert);
    if (word.alert != fault.alert || fault.flaps || alert == nullptr) continue;
    Track& track = open.tracks[fault.alert];
    if (CountOf(track, FamilyOf(alert->reason)) >= kFlapTimes) {
      track.begins.erase(track.begins.begin(), std::prev(track.begins.end()));
    }
  }
  // What has been told may be due for something else.
  WakeAt(open, NextWord(incident.faults, Look(open, hosts, moment)).next);
  Publish(incident, changes);
}

// Nobody is told the same text twice.
void IncidentBook::Update(Open& open, const News& news, const model::Hosts& hosts, Moment moment,
                          BookChanges* changes) {
  Incident& incident = open.incident;
  Render(incident, hosts, news);
  if (incident.text == open.last_text) return;
  Send(incident, NotificationEvent::kUpdated, moment, changes);
}

void IncidentBook::Say(Incident& incident, NotificationEvent event, const News& news,
                       const model::Hosts& hosts, Moment moment, BookChanges* changes) {
  Render(incident, hosts, news);
  Send(incident, event, moment, changes);
}

void IncidentBook::Send(Incident& incident, NotificationEvent event, Moment moment,
                        BookChanges* changes) {
  ++incident.notifications;
  changes->notifications.push_back({.event = event,
                                    .version = incident.notifications,
                                    .incident = incident,
                                    .decided_at = moment.now});
}

void IncidentBook::Render(Incident& incident, const model::Hosts& hosts, const News& news) {
  incident.known_faults = FaultsOf(incident, hosts);
  const rules::Alert* lead = LeadOf(incident, *incident.known_faults, news.alert);
  if (lead == nullptr) lead = LeadAlert(incident);
  if (lead != nullptr) {
    incident.lead_alert = lead->id;
    incident.host = lead->host.host;
    incident.reason = lead->reason;
    // The first word stays: while all gets well again, the checks do not agree.
    const std::string key = absl::StrCat(lead->id, "/", lead->reason);
    if (!IsOver(*lead)) incident.was.try_emplace(key, PastTrouble(*lead, hosts));
  }
  AddWitnesses(incident);
  incident.evidence = CollectEvidence(incident, hosts);
  incident.text = RenderMessage(incident, hosts, options_, news);
  incident.title = incident.text.substr(0, incident.text.find('\n'));
  incident.known_faults.reset();
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

}  // namespace faultline::incidents
