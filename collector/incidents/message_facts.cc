#include "collector/incidents/message_facts.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/incidents/blind_facts.h"
#include "collector/incidents/cause.h"
#include "collector/incidents/consequence.h"
#include "collector/incidents/host_loss.h"
#include "collector/incidents/impact_words.h"
#include "collector/incidents/message_headline.h"
#include "collector/incidents/message_words.h"
#include "collector/rules/blind.h"
#include "collector/rules/just_started.h"
#include "collector/rules/rule.h"
#include "common/text.h"

namespace faultline::incidents {
namespace {

constexpr size_t kMaxFacts = 12;
constexpr size_t kMaxFactBytes = 300;
constexpr size_t kMaxImpacts = 4;
// What others see of one outage does not begin at the same moment.
constexpr Span kOfOneOutage = Span::Seconds(5);
constexpr size_t kMaxWitnesses = 10;
constexpr size_t kMaxSubjects = 8;

struct Place {
  const model::HostPicture* host;
  const model::CheckPicture* check;
};

bool IsBad(const model::CheckPicture& check) {
  return check.state == State::kCritical || check.state == State::kWarning;
}

class Gatherer {
 public:
  Gatherer(const Incident& incident, const model::Hosts& hosts)
      : incident_(incident), hosts_(hosts), lead_(Lead(incident)) {
    subjects_.insert(incident.subject);
    for (const rules::Alert& alert : incident.alerts) {
      if (subjects_.size() < kMaxSubjects) subjects_.insert(alert.subject);
    }
    faults_ = FaultsOf(incident, hosts);
    for (const model::HostPicture* host : Witnesses()) {
      for (const auto& [check_id, check] : host->checks) {
        if (IsBad(check) && !IsLead(host->identity.id, check_id) && Concerns(*host, check) &&
            IsOfTheMatter(check)) {
          bad_.push_back({host, &check});
        }
      }
    }
    // The leading host first, then what hosts say of themselves before what they see of others.
    std::stable_sort(bad_.begin(), bad_.end(),
                     [this](const Place& a, const Place& b) { return Rank(a) < Rank(b); });
  }

  std::vector<GatheredFact> Gather() {
    // Who is cut off stands in the title, and more is not known.
    if (lead_ == nullptr || IsCollectorCutOff(*lead_)) return {};
    AddStart();
    // A page that fails says less of the cause than what its application logged.
    if (lead_->check.kind == "http") AddLogsOf(lead_->host);
    if (const model::CheckPicture* check = FindCheck(hosts_, lead_->host, lead_->check);
        check != nullptr && IsBad(*check)) {
      AddLead(*check);
    }
    for (const Place& place : bad_) {
      const size_t before = facts_.size();
      AddCheck(place, IsRemote(*place.check));
      for (size_t i = before; i < facts_.size(); ++i) facts_[i].has_line = IsFault(place);
    }
    return std::move(facts_);
  }

  // What was so before the incident, perhaps for days, says since when.
  std::string WithAge(const Place& place, const std::string& text) const {
    if (text.empty() || lead_ == nullptr) return text;
    if (place.check->since >= From(place) - kOfOneOutage) return text;
    return absl::StrCat(text, " (since ", ClockTime(place.check->since, incident_.since), ")");
  }

  // Without the lead.
  const std::vector<Place>& bad() const { return bad_; }

  // Broken by itself: the message has a line of its own for it.
  bool IsFault(const Place& place) const {
    return std::any_of(incident_.alerts.begin(), incident_.alerts.end(), [&](const auto& alert) {
      return alert.check == place.check->id && alert.host == place.host->identity.id &&
             faults_->contains(alert.id);
    });
  }

 private:
  // Whose word counts: the leading host and its other end, then those in trouble. Bounded, so that
  // a message costs the same however large the stack is.
  std::vector<const model::HostPicture*> Witnesses() const {
    std::vector<const model::HostPicture*> hosts;
    const auto add = [&](const model::HostPicture* host) {
      const bool is_known = std::find(hosts.begin(), hosts.end(), host) != hosts.end();
      if (host != nullptr && !is_known && hosts.size() < kMaxWitnesses) hosts.push_back(host);
    };
    const auto find = [&](const HostId& id) {
      const auto host = hosts_.find(id);
      return host == hosts_.end() ? nullptr : host->second.get();
    };
    if (lead_ != nullptr) {
      add(find(lead_->host));
      const model::CheckPicture* check = FindCheck(hosts_, lead_->host, lead_->check);
      if (check != nullptr) add(OtherEnd(hosts_, lead_->host, *check));
    }
    for (const rules::Alert& alert : incident_.alerts) {
      if (hosts.size() == kMaxWitnesses) break;
      if (alert.state == rules::AlertState::kFiring) add(find(alert.host));
    }
    for (const HostId& host : incident_.witnesses) add(find(host));
    return hosts;
  }

  // Of the same subject, or a log of which nobody said whose it is, on the host that leads.
  bool Concerns(const model::HostPicture& host, const model::CheckPicture& check) const {
    if (subjects_.contains(check.subject)) return true;
    if (lead_ == nullptr) return false;
    // That its storage is waited for belongs to a disk.
    if (lead_->check.kind == "disk" && check.id.kind == "load") {
      return host.identity.id == lead_->host;
    }
    return check.id.kind == "log" && host.identity.id == lead_->host &&
           check.subject == absl::StrCat("host ", lead_->host.host) &&
           rules::IsOwnSubject(lead_->subject);
  }

  bool IsLead(const HostId& host, const CheckId& check) const {
    return lead_ != nullptr && lead_->host == host && lead_->check == check;
  }

  // A host's capacity is one subject, and a busy CPU is no part of a disk that is full.
  bool IsOfTheMatter(const model::CheckPicture& check) const {
    if (lead_ == nullptr || lead_->check.kind != "disk") return true;
    return check.id.kind != "memory" && (check.id.kind != "load" || check.reason == "IO_PRESSURE");
  }

  WallTime From(const Place& place) const {
    return EvidenceFrom(*lead_, hosts_, place.host->identity.id);
  }

  int Rank(const Place& place) const {
    const bool is_lead_host = lead_ != nullptr && place.host->identity.id == lead_->host;
    return (IsRemote(*place.check) ? 2 : 0) + (is_lead_host ? 0 : 1);
  }

  void AddLogsOf(const HostId& host) {
    for (const Place& place : bad_) {
      if (place.host->identity.id == host && place.check->id.kind == "log") AddLog(place);
    }
  }

  // What a symptom points to was started, and its grace for that is over.
  void AddStart() {
    if (lead_->decision != rules::Decision::kGraceOver) return;
    const model::CheckPicture* symptom = FindCheck(hosts_, lead_->host, lead_->check);
    if (symptom == nullptr || !rules::RuleFor(lead_->check.kind).symptom) return;
    const auto start = rules::JustStarted(*hosts_.at(lead_->host), *symptom, hosts_, {});
    if (!start.has_value() || start->at > lead_->fired_at) return;
    Add({.line = {
             start->host, start->at,
             absl::StrCat(start->unit.empty() ? "the host has come up" : start->unit,
                          start->unit.empty() ? " at " : " was started at ",
                          ClockTime(start->at, incident_.since), " and has not answered since")}});
  }

  // Its lines since then. How many they were is no help.
  void AddLog(const Place& place) {
    for (const model::Fact& fact : place.check->evidence) {
      if (fact.at < From(place)) continue;
      Add({.line = {place.host->identity.id.host, fact.at, fact.text},
           .log = place.check->id.target,
           .dated = true});
    }
  }

  void AddLead(const model::CheckPicture& check) {
    const std::string& host = lead_->host.host;
    for (const model::Fact& fact : check.evidence) AddFact(host, check, fact, false);
    // A receiver that shows only the evidence still learns what happened.
    // (The goodbye of a host stands in the title.)
    const bool is_goodbye = lead_->check.kind == "agent" && check.reason == "HOST_STOPPING";
    if (check.evidence.empty() && !is_goodbye) Add({.line = {host, check.since, check.detail}});
    if (IsRemote(check)) AddOtherEnd(check);
  }

  // What the host that cannot be reached says of itself, good or bad; bad checks come anyway.
  void AddOtherEnd(const model::CheckPicture& remote) {
    const model::HostPicture* other = OtherEnd(hosts_, lead_->host, remote);
    if (other == nullptr || other->identity.id == lead_->host) return;
    const std::string& name = other->identity.id.host;
    if (other->link != model::LinkState::kConnected) {
      Add({.line = {name, other->link_since, "its agent is not connected either"}});
      return;
    }
    for (const auto& [id, check] : other->checks) {
      const bool says_something =
          subjects_.contains(check.subject) && check.state == State::kOk && !check.detail.empty();
      if (says_something && !IsRemote(check) && id.kind != "log") {
        Add({.line = {name, check.observed, check.detail}});
      }
    }
  }

  void AddCheck(const Place& place, bool symptom) {
    if (place.check->id.kind == "log") return AddLog(place);
    const std::string& host = place.host->identity.id.host;
    Add({.line = {host, place.check->since, WithAge(place, place.check->detail)},
         .symptom = symptom});
    // What follows from the lead says enough with its one line.
    const rules::Rule& rule = rules::RuleFor(place.check->id.kind);
    if (rule.symptom && place.check->id.kind != "port") return;
    for (const model::Fact& fact : place.check->evidence) {
      const bool is_stale = fact.at.ns != 0 && fact.at < From(place);
      if (!is_stale) AddFact(host, *place.check, fact, symptom);
    }
  }

  void AddFact(const std::string& host, const model::CheckPicture& check, const model::Fact& fact,
               bool symptom) {
    const bool dated = fact.at.ns != 0;
    Add({.line = {host, dated ? fact.at : check.since, fact.text},
         .symptom = symptom,
         .dated = dated});
  }

  void Add(GatheredFact fact) {
    std::string& text = fact.line.text;
    text = CleanText(text, kMaxFactBytes);
    if (text.empty() || facts_.size() >= kMaxFacts) return;
    const bool is_known = std::any_of(facts_.begin(), facts_.end(), [&](const GatheredFact& f) {
      return f.line.host == fact.line.host && f.line.text == text;
    });
    if (!is_known) facts_.push_back(std::move(fact));
  }

  const Incident& incident_;
  const model::Hosts& hosts_;
  const rules::Alert* lead_;
  std::set<std::string> subjects_;
  std::shared_ptr<const std::set<std::string>> faults_;
  std::vector<Place> bad_;
  std::vector<GatheredFact> facts_;
};

}  // namespace

std::vector<GatheredFact> GatherFacts(const Incident& incident, const model::Hosts& hosts) {
  const rules::Alert* lead = Lead(incident);
  if (lead != nullptr && rules::IsBlind(*lead)) return BlindFacts(*lead, hosts);
  return Gatherer(incident, hosts).Gather();
}

std::vector<std::string> Impacts(const Incident& incident, const model::Hosts& hosts) {
  std::vector<std::string> impacts;
  size_t more = 0;
  const Gatherer gatherer(incident, hosts);
  for (const Place& place : gatherer.bad()) {
    if (!IsRemote(*place.check) || gatherer.IsFault(place)) continue;
    if (impacts.size() == kMaxImpacts) {
      ++more;
    } else {
      const std::string& host = place.host->identity.id.host;
      impacts.push_back(
          CleanText(gatherer.WithAge(place, ImpactInWords(host, *place.check)), kMaxFactBytes));
    }
  }
  if (more > 0) impacts.push_back(absl::StrCat("and ", more, " more"));
  return impacts;
}

std::vector<EvidenceLine> CollectEvidence(const Incident& incident, const model::Hosts& hosts) {
  // Once all is well the picture shows no trouble any more: what was collected before stays.
  if (incident.state == IncidentState::kResolved) return incident.evidence;
  std::vector<EvidenceLine> lines;
  for (GatheredFact& fact : GatherFacts(incident, hosts)) {
    if (!fact.log.empty()) fact.line.text = absl::StrCat(fact.log, ": ", fact.line.text);
    lines.push_back(std::move(fact.line));
  }
  return lines.empty() ? incident.evidence : lines;
}

}  // namespace faultline::incidents
