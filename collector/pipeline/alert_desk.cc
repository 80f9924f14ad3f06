#include "collector/pipeline/alert_desk.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/model/join.h"
#include "collector/rules/blind.h"

namespace faultline::pipeline {
namespace {

using rules::Alert;
using rules::AlertState;
using rules::Decision;
using rules::Verdict;

constexpr Span kRemember = Span::Seconds(900);
constexpr size_t kMaxRemembered = 1000;

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

std::string AlertIdPrefix(const StackId& stack) {
  return absl::StrCat(stack.stack, "/", stack.env, "/");
}

std::string AlertIdPrefix(const HostId& host) {
  return absl::StrCat(AlertIdPrefix(host.stack), host.host, "/");
}

std::string AlertDesk::AlertId(const HostId& host, const CheckId& check, const std::string& rule) {
  return absl::StrCat(AlertIdPrefix(host), check.ToString(), "/", rule);
}

Alert AlertDesk::NewAlert(const rules::Rule& rule, const model::HostPicture& host,
                          const model::CheckPicture& check, WallTime now) {
  return {.id = AlertId(host.identity.id, check.id, rule.name),
          .rule = rule.name,
          .host = host.identity.id,
          .check = check.id,
          .since = check.since,
          .received = now,
          .transition = {
              .spool_id = host.spool_id, .start_number = host.start_number, .seq = check.last_seq}};
}

AlertDesk::AlertDesk(rules::Patience patience, incidents::IncidentBook& book,
                     std::vector<Alert> restored, WallTime now)
    : patience_(patience), book_(book), back_by_(now + kComeBack) {
  Effects ignored;
  for (Alert& alert : restored) {
    awaited_.insert(alert.host);
    // The clock was set back meanwhile: nothing waits longer than it would have.
    if (alert.state == AlertState::kPending && alert.received > now) {
      const Span ahead = alert.received - now;
      alert.received = now;
      if (alert.deadline.ns != 0) alert.deadline = alert.deadline - ahead;
    }
    Put(std::move(alert), &ignored);
  }
}

const Alert* AlertDesk::Find(const HostId& host, const CheckId& check) const {
  const auto it = active_.find(AlertId(host, check, rules::RuleFor(check.kind).name));
  return it == active_.end() ? nullptr : it->second.get();
}

void AlertDesk::Arm(const Alert& alert) {
  if (alert.deadline.ns == 0) return deadlines_.Clear(alert.id);
  // Nothing is concluded from the silence of a host that could not yet come back.
  const bool awaited = awaited_.contains(alert.host);
  deadlines_.Set(alert.id, awaited ? std::max(alert.deadline, back_by_) : alert.deadline);
}

void AlertDesk::Put(Alert alert, Effects* effects) {
  Arm(alert);
  auto put = std::make_shared<const Alert>(std::move(alert));
  active_.insert_or_assign(put->id, put);
  current_.reset();
  effects->alerts.push_back(std::move(put));
}

void AlertDesk::End(const Alert& alert, Effects* effects) {
  deadlines_.Clear(alert.id);
  auto ended = std::make_shared<const Alert>(alert);
  active_.erase(ended->id);
  current_.reset();
  effects->alerts.push_back(ended);
  if (ended->fired_at.ns == 0) return;  // a pending one leaves without a trace
  ended_.push_back(std::move(ended));
  if (ended_.size() > kMaxRemembered) ended_.pop_front();
}

void AlertDesk::Look(const model::HostPicture& host, const model::CheckPicture& check,
                     const model::Hosts& hosts, incidents::Moment moment, Effects* effects) {
  book_.Saw(host.identity.id, check.id, &check);
  LookAtState(host, check, hosts, moment, effects);
  LookForSight(host, check, hosts, moment, effects);
}

void AlertDesk::LookAtState(const model::HostPicture& host, const model::CheckPicture& check,
                            const model::Hosts& hosts, incidents::Moment moment, Effects* effects) {
  const rules::Rule& rule = rules::RuleFor(check.id.kind);
  const std::string id = AlertId(host.identity.id, check.id, rule.name);
  const auto found = active_.find(id);
  const std::optional<Alert> before =
      found == active_.end() ? std::nullopt : std::make_optional(*found->second);
  const Alert* const current = before.has_value() ? &*before : nullptr;
  const Verdict verdict =
      rules::Judge(rule, patience_, current, check,
                   Around(current, rule, host, check, hosts, moment.now), moment.now);
  const bool had_grace = current != nullptr && InGrace(*current);

  if (verdict.kind == Verdict::Kind::kNone) {
    if (current == nullptr) return;
    Alert gone = *current;
    gone.state = AlertState::kResolved;
    gone.decision = Decision::kConditionEnded;
    gone.resolved_at = check.since;
    gone.deadline = {};
    End(gone, effects);
    if (had_grace) AfterGrace(*current, check.state == State::kOk, hosts, moment, effects);
    if (rule.symptom && check.state == State::kOk) AfterAnswer(*current, effects);
    return;
  }
  if (verdict.kind == Verdict::Kind::kResolved) {
    Alert resolved = *current;
    resolved.state = AlertState::kResolved;
    resolved.decision = verdict.decision;
    resolved.resolved_at = std::max(check.since, resolved.since);
    if (!check.detail.empty()) resolved.detail = check.detail;
    resolved.deadline = {};
    book_.Enter(resolved, resolved.resolved_at, hosts, moment, &effects->book);
    End(resolved, effects);
    // A person started it again by hand: those who depend on it need a moment to see it.
    if (!rule.symptom) AfterGrace(resolved, true, hosts, moment, effects);
    return;
  }

  Alert alert = before.has_value() ? *before : NewAlert(rule, host, check, moment.now);
  const bool fires = alert.state == AlertState::kFiring;
  // What fires belongs to the incident that was told, whatever the check is called since.
  if (!fires) alert.subject = check.subject;
  alert.decision = verdict.decision;
  alert.deadline = verdict.deadline;
  // An outage keeps the name under which it was told while a person starts the service again.
  const bool recovering = fires && rules::GraceFor(check.reason, patience_).has_value();
  if (!recovering) alert.severity = verdict.severity;
  if (check.state != State::kUnknown && !recovering) {
    alert.reason = check.reason;
    alert.detail = check.detail;
  }
  alert.state =
      verdict.kind == Verdict::Kind::kPending ? AlertState::kPending : AlertState::kFiring;
  Keep(std::move(alert), before, host, check, hosts, moment, effects);
  if (had_grace) {
    const auto now = active_.find(id);
    if (now != active_.end() && !InGrace(*now->second)) {
      AfterGrace(*before, false, hosts, moment, effects);
    }
  }
}

// A pending or firing alert in its new words.
void AlertDesk::Keep(Alert alert, const std::optional<Alert>& before,
                     const model::HostPicture& host, const model::CheckPicture& check,
                     const model::Hosts& hosts, incidents::Moment moment, Effects* effects) {
  const bool same = before.has_value() && before->state == alert.state &&
                    before->decision == alert.decision && before->deadline == alert.deadline &&
                    before->reason == alert.reason && before->detail == alert.detail &&
                    before->severity == alert.severity && before->subject == alert.subject;
  if (same) return Arm(alert);
  if (alert.state == AlertState::kPending) {
    const bool asks = alert.decision == Decision::kWaitingForOtherEnd &&
                      (!before.has_value() || before->decision != alert.decision);
    const model::HostPicture* const other = asks ? OtherEnd(host, check, hosts) : nullptr;
    if (other != nullptr) effects->looks.push_back({other->identity.id, alert.subject});
    return Put(std::move(alert), effects);
  }
  if (alert.fired_at.ns == 0) alert.fired_at = moment.now;
  alert.incident = book_.Enter(alert, check.since, hosts, moment, &effects->book);
  Put(std::move(alert), effects);
}

void AlertDesk::JudgeAgain(const std::string& alert_id, const model::Hosts& hosts,
                           incidents::Moment moment, Effects* effects) {
  const auto found = active_.find(alert_id);
  if (found == active_.end()) return;
  const std::shared_ptr<const Alert> alert = found->second;
  const auto host = hosts.find(alert->host);
  if (host == hosts.end()) return;
  const auto check = host->second->checks.find(alert->check);
  const bool known =
      check != host->second->checks.end() && check->second.state != State::kUnspecified;
  if (!rules::IsBlind(*alert)) {
    return LookAtState(*host->second, known ? check->second : RememberedCheck(*alert), hosts,
                       moment, effects);
  }
  LookForSight(*host->second, known ? check->second : model::CheckPicture{.id = alert->check},
               hosts, moment, effects);
}

void AlertDesk::Adopt(Alert alert, const model::Hosts& hosts, incidents::Moment moment,
                      Effects* effects) {
  const auto found = active_.find(alert.id);
  const std::shared_ptr<const Alert> before = found == active_.end() ? nullptr : found->second;
  if (before != nullptr && before->state == AlertState::kFiring) return;
  alert.late = false;
  alert.decision = Decision::kConditionHolds;
  alert.deadline = {};
  alert.incident = book_.Enter(alert, alert.since, hosts, moment, &effects->book);
  const std::string id = alert.id;
  Put(std::move(alert), effects);
  JudgeAgain(id, hosts, moment, effects);
  if (before != nullptr && InGrace(*before)) AfterGrace(*before, false, hosts, moment, effects);
}

void AlertDesk::Withdraw(const HostId& host, const CheckId& check, const model::Hosts& hosts,
                         incidents::Moment moment, Effects* effects) {
  book_.Saw(host, check, nullptr);
  for (const rules::Rule* rule : {&rules::RuleFor(check.kind), &rules::BlindRule()}) {
    const auto found = active_.find(AlertId(host, check, rule->name));
    if (found == active_.end()) continue;
    WithdrawAlert(*found->second, Decision::kCheckRemoved, hosts, moment, effects);
  }
}

void AlertDesk::WithdrawAlert(const Alert& found, Decision why, const model::Hosts& hosts,
                              incidents::Moment moment, Effects* effects) {
  Alert alert = found;
  const bool had_grace = InGrace(alert);
  alert.state = AlertState::kWithdrawn;
  alert.decision = why;
  alert.resolved_at = moment.now;
  alert.deadline = {};
  if (alert.fired_at.ns != 0) {
    book_.Enter(alert, moment.now, hosts, moment, &effects->book);
  }
  End(alert, effects);
  if (had_grace) AfterGrace(alert, true, hosts, moment, effects);
}

void AlertDesk::HostIsBack(const model::HostPicture& host, const model::Hosts& hosts,
                           incidents::Moment moment, Effects* effects) {
  awaited_.erase(host.identity.id);
  std::vector<CheckId> absent;
  VisitActive(AlertIdPrefix(host.identity.id), [&](const Alert& alert) {
    Arm(alert);
    if (!host.checks.contains(alert.check)) return absent.push_back(alert.check);
    const bool waits =
        alert.state == AlertState::kPending && alert.decision == Decision::kSubjectInGrace;
    if (waits) effects->looks.push_back({alert.host, alert.subject});
  });
  for (const CheckId& check : absent) {
    Withdraw(host.identity.id, check, hosts, moment, effects);
  }
}

void AlertDesk::Tick(const model::Hosts& hosts, incidents::Moment moment, Effects* effects) {
  if (moment.now >= back_by_) awaited_.clear();
  while (const std::optional<std::string> id = deadlines_.Pop(moment.now)) {
    JudgeAgain(*id, hosts, moment, effects);
  }
  std::erase_if(back_until_, [&](const auto& entry) { return entry.second <= moment.now; });
  std::erase_if(settling_, [&](const auto& entry) { return entry.second.until <= moment.now; });
}

std::shared_ptr<const AlertList> AlertDesk::Current(WallTime now) {
  while (!ended_.empty() && ended_.front()->resolved_at + kRemember < now) {
    ended_.pop_front();
    current_.reset();
  }
  if (current_ != nullptr) return current_;
  AlertList all;
  all.reserve(active_.size() + ended_.size());
  for (const auto& [id, alert] : active_) all.push_back(alert);
  all.insert(all.end(), ended_.begin(), ended_.end());
  return current_ = std::make_shared<const AlertList>(std::move(all));
}

}  // namespace faultline::pipeline
