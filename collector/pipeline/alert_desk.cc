#include "collector/pipeline/alert_desk.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/model/join.h"

namespace faultline::pipeline {
namespace {

using rules::Alert;
using rules::AlertState;
using rules::Decision;
using rules::Verdict;

constexpr Span kAfterRestart = Span::Seconds(5);
constexpr Span kRemember = Span::Seconds(900);
constexpr size_t kMaxRemembered = 1000;

bool InGrace(const Alert& alert) {
  return alert.state == AlertState::kPending && alert.decision == Decision::kWaitingForGrace;
}

// Where a symptom points: the host that should know better. nullptr when none is known.
const model::HostPicture* OtherEnd(const model::HostPicture& host,
                                   const model::CheckPicture& check, const model::Hosts& hosts) {
  if (check.remote_address.empty()) return &host;
  return model::HostByAddress(hosts, host.identity.id, check.remote_address);
}

// Stands in for a check whose host has not been heard since the collector's own start.
model::CheckPicture RememberedCheck(const Alert& alert) {
  model::CheckPicture check;
  check.id = alert.check;
  check.subject = alert.subject;
  check.state = State::kCritical;
  check.reason = alert.reason;
  check.detail = alert.detail;
  check.since = alert.since;
  return check;
}

}  // namespace

std::string AlertDesk::AlertId(const HostId& host, const CheckId& check, const std::string& rule) {
  return absl::StrCat(host.stack.ToString(), "/", host.host, "/", check.ToString(), "/", rule);
}

AlertDesk::AlertDesk(rules::Patience patience, incidents::IncidentBook& book,
                     std::vector<Alert> restored, WallTime now)
    : patience_(patience), book_(book) {
  Effects ignored;
  for (Alert& alert : restored) {
    if (alert.state == AlertState::kPending && alert.deadline.ns != 0) {
      alert.deadline = std::max(alert.deadline, now + kAfterRestart);
    }
    Put(std::move(alert), &ignored);
  }
}

bool AlertDesk::SubjectInGrace(const SubjectKey& key, const std::string& except) const {
  const auto ids = by_subject_.find(key);
  if (ids == by_subject_.end()) return false;
  return std::any_of(ids->second.begin(), ids->second.end(), [&](const std::string& id) {
    return id != except && InGrace(active_.at(id));
  });
}

rules::Surroundings AlertDesk::Around(const rules::Rule& rule, const model::HostPicture& host,
                                      const model::CheckPicture& check, const model::Hosts& hosts,
                                      const std::string& alert_id) const {
  rules::Surroundings around;
  if (!rule.symptom) return around;
  const SubjectKey key{host.identity.id.stack, check.subject};
  around.subject_in_grace = SubjectInGrace(key, alert_id);
  if (const auto it = settling_.find(key); it != settling_.end()) {
    around.settling_until = it->second;
  }
  const model::HostPicture* other = OtherEnd(host, check, hosts);
  around.other_end_connected = other != nullptr && other->link == model::LinkState::kConnected;
  return around;
}

void AlertDesk::Put(Alert alert, Effects* effects) {
  const auto [it, added] = active_.try_emplace(alert.id);
  if (!added && it->second.deadline.ns != 0) {
    deadlines_.erase({it->second.deadline, alert.id});
  }
  if (alert.deadline.ns != 0) deadlines_.insert({alert.deadline, alert.id});
  by_subject_[{alert.host.stack, alert.subject}].insert(alert.id);
  it->second = std::move(alert);
  effects->alerts.push_back(std::make_shared<const Alert>(it->second));
}

void AlertDesk::End(const Alert& alert, Effects* effects) {
  const auto it = active_.find(alert.id);
  if (it != active_.end()) {
    if (it->second.deadline.ns != 0) deadlines_.erase({it->second.deadline, alert.id});
    const SubjectKey key{it->second.host.stack, it->second.subject};
    by_subject_[key].erase(alert.id);
    if (by_subject_[key].empty()) by_subject_.erase(key);
    active_.erase(it);
  }
  auto ended = std::make_shared<const Alert>(alert);
  effects->alerts.push_back(ended);
  if (alert.fired_at.ns == 0) return;  // a pending one leaves without a trace
  ended_.push_back(std::move(ended));
  if (ended_.size() > kMaxRemembered) ended_.pop_front();
}

void AlertDesk::Look(const model::HostPicture& host, const model::CheckPicture& check,
                     const model::Hosts& hosts, incidents::Moment moment, Effects* effects) {
  const rules::Rule& rule = rules::RuleFor(check.id.kind);
  const std::string id = AlertId(host.identity.id, check.id, rule.name);
  const auto found = active_.find(id);
  const std::optional<Alert> before =
      found == active_.end() ? std::nullopt : std::make_optional(found->second);
  const Verdict verdict = rules::Judge(rule, patience_, before.has_value() ? &*before : nullptr,
                                       check, Around(rule, host, check, hosts, id), moment.now);
  const bool had_grace = before.has_value() && InGrace(*before);
  const SubjectKey key{host.identity.id.stack, check.subject};

  if (verdict.kind == Verdict::Kind::kNone) {
    if (!before.has_value()) return;
    Alert gone = *before;
    gone.state = AlertState::kResolved;
    gone.decision = Decision::kConditionEnded;
    gone.resolved_at = check.since;
    End(gone, effects);
    if (had_grace) AfterGrace(key, true, hosts, moment, effects);
    return;
  }
  if (verdict.kind == Verdict::Kind::kResolved) {
    Alert resolved = *before;
    resolved.state = AlertState::kResolved;
    resolved.decision = verdict.decision;
    resolved.resolved_at = std::max(check.since, resolved.since);
    resolved.reason = before->reason;
    resolved.detail = check.detail.empty() ? before->detail : check.detail;
    resolved.deadline = {};
    book_.Enter(resolved, hosts, moment, &effects->book);
    End(resolved, effects);
    // A person started it again by hand: those who depend on it need a moment to see it.
    AfterGrace(key, true, hosts, moment, effects);
    return;
  }

  Alert alert;
  if (before.has_value()) {
    alert = *before;
  } else {
    alert.id = id;
    alert.rule = rule.name;
    alert.host = host.identity.id;
    alert.check = check.id;
    alert.since = check.since;
    alert.received = moment.now;
    alert.transition = {.spool_id = host.spool_id,
                        .start_number = host.start_number,
                        .seq = check.last_seq};
  }
  alert.subject = check.subject;
  alert.severity = verdict.severity;
  alert.decision = verdict.decision;
  alert.deadline = verdict.deadline;
  // An outage keeps the name under which it was told while a person starts the service again.
  const bool recovering = before.has_value() && before->state == AlertState::kFiring &&
                          rules::GraceFor(check.reason, patience_).has_value();
  if (check.state != State::kUnknown && !recovering) {
    alert.reason = check.reason;
    alert.detail = check.detail;
  }
  if (verdict.kind == Verdict::Kind::kPending) {
    const bool asks = alert.decision == Decision::kWaitingForOtherEnd &&
                      (!before.has_value() || before->decision != alert.decision);
    alert.state = AlertState::kPending;
    const bool same = before.has_value() && before->decision == alert.decision &&
                      before->deadline == alert.deadline && before->reason == alert.reason;
    if (!same) Put(std::move(alert), effects);
    if (asks) {
      const model::HostPicture* other = OtherEnd(host, check, hosts);
      if (other != nullptr) effects->looks.push_back({other->identity.id, check.subject});
    }
    return;
  }
  const bool fires_now = alert.fired_at.ns == 0;
  const bool same_words = before.has_value() && before->reason == alert.reason &&
                          before->detail == alert.detail && before->severity == alert.severity;
  if (!fires_now && same_words) return;
  alert.state = AlertState::kFiring;
  if (fires_now) alert.fired_at = moment.now;
  alert.incident = book_.Enter(alert, hosts, moment, &effects->book);
  Put(std::move(alert), effects);
  if (had_grace) AfterGrace(key, false, hosts, moment, effects);
}

void AlertDesk::AfterGrace(const SubjectKey& key, bool well, const model::Hosts& hosts,
                           incidents::Moment moment, Effects* effects) {
  const auto ids = by_subject_.find(key);
  if (ids == by_subject_.end()) return;
  if (well) settling_[key] = moment.now + patience_.settle;
  const std::set<std::string> waiting = ids->second;  // judging changes the index
  for (const std::string& id : waiting) {
    const auto it = active_.find(id);
    if (it == active_.end()) continue;
    if (!rules::RuleFor(it->second.check.kind).symptom) continue;
    effects->looks.push_back({it->second.host, key.second});
    if (it->second.state == AlertState::kPending) JudgeAgain(id, hosts, moment, effects);
  }
}

void AlertDesk::JudgeAgain(const std::string& alert_id, const model::Hosts& hosts,
                           incidents::Moment moment, Effects* effects) {
  const Alert alert = active_.at(alert_id);
  const auto host = hosts.find(alert.host);
  if (host == hosts.end()) return;
  const auto check = host->second->checks.find(alert.check);
  const bool known = check != host->second->checks.end() &&
                     check->second.state != State::kUnspecified;
  Look(*host->second, known ? check->second : RememberedCheck(alert), hosts, moment, effects);
}

void AlertDesk::Withdraw(const HostId& host, const CheckId& check, const model::Hosts& hosts,
                         incidents::Moment moment, Effects* effects) {
  const std::string id = AlertId(host, check, rules::RuleFor(check.kind).name);
  const auto it = active_.find(id);
  if (it == active_.end()) return;
  Alert alert = it->second;
  const bool had_grace = InGrace(alert);
  alert.state = AlertState::kWithdrawn;
  alert.decision = Decision::kCheckRemoved;
  alert.resolved_at = moment.now;
  if (alert.fired_at.ns != 0) book_.Enter(alert, hosts, moment, &effects->book);
  const SubjectKey key{alert.host.stack, alert.subject};
  End(alert, effects);
  if (had_grace) AfterGrace(key, true, hosts, moment, effects);
}

void AlertDesk::WithdrawAbsent(const model::HostPicture& host, const model::Hosts& hosts,
                               incidents::Moment moment, Effects* effects) {
  const std::string prefix =
      absl::StrCat(host.identity.id.stack.ToString(), "/", host.identity.id.host, "/");
  std::vector<CheckId> absent;
  for (auto it = active_.lower_bound(prefix);
       it != active_.end() && it->first.compare(0, prefix.size(), prefix) == 0; ++it) {
    if (it->second.host == host.identity.id && !host.checks.contains(it->second.check)) {
      absent.push_back(it->second.check);
    }
  }
  for (const CheckId& check : absent) {
    Withdraw(host.identity.id, check, hosts, moment, effects);
  }
}

void AlertDesk::Tick(const model::Hosts& hosts, incidents::Moment moment, Effects* effects) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= moment.now) {
    const std::string id = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    const auto it = active_.find(id);
    if (it == active_.end()) continue;
    it->second.deadline = {};
    JudgeAgain(id, hosts, moment, effects);
  }
  std::erase_if(settling_, [&](const auto& entry) { return entry.second <= moment.now; });
}

std::optional<WallTime> AlertDesk::NextDeadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

std::vector<std::shared_ptr<const Alert>> AlertDesk::Current(WallTime now) {
  while (!ended_.empty() && ended_.front()->resolved_at + kRemember < now) ended_.pop_front();
  std::vector<std::shared_ptr<const Alert>> all;
  all.reserve(active_.size() + ended_.size());
  for (const auto& [id, alert] : active_) all.push_back(std::make_shared<const Alert>(alert));
  all.insert(all.end(), ended_.begin(), ended_.end());
  return all;
}

}  // namespace faultline::pipeline
