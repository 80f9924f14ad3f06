// Keeps the alerts: applies the rules when a check or time changes, and tells the incident book.
// Belongs to the engine's thread; no clock, no I/O.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collector/incidents/book.h"
#include "collector/model/picture.h"
#include "collector/pipeline/deadlines.h"
#include "collector/pipeline/effects.h"
#include "collector/pipeline/picture.h"
#include "collector/rules/alert.h"
#include "collector/rules/judge.h"
#include "collector/rules/rule.h"

namespace faultline::pipeline {

class AlertDesk {
 public:
  // An agent that lost its collector is back within this time (its longest backoff, and some).
  static constexpr Span kComeBack = Span::Seconds(45);

  // `book` must outlive the desk. `restored`: pending and firing ones; what is due meanwhile waits
  // for its host to come back, at most kComeBack from `now`.
  AlertDesk(rules::Patience patience, incidents::IncidentBook& book,
            std::vector<rules::Alert> restored, WallTime now);

  // A check says something (new or again). `hosts` holds it already.
  void Look(const model::HostPicture& host, const model::CheckPicture& check,
            const model::Hosts& hosts, incidents::Moment moment, Effects* effects);

  // A check is gone from its host's configuration.
  void Withdraw(const HostId& host, const CheckId& check, const model::Hosts& hosts,
                incidents::Moment moment, Effects* effects);

  // Nothing is known of `host` any more: withdraws all its alerts, and says `why`
  // (rules::IsHostGone). `hosts` still has it where it has a picture; alert_desk_forget.cc.
  void Forget(const HostId& host, rules::Decision why, const model::Hosts& hosts,
              incidents::Moment moment, Effects* effects);

  // `host` was not heard for a while, and is again: before it says how its checks are.
  void HostIsHeard(const HostId& host, WallTime now);

  // `host` has said all that it has to say. Withdraws what is left of checks that it does not have
  // any more (its configuration changed while it or the collector was away), and has it look again
  // at what waits for that.
  void HostIsBack(const model::HostPicture& host, const model::Hosts& hosts,
                  incidents::Moment moment, Effects* effects);

  // Takes an alert that fires by history and of which the live picture knows no better.
  void Adopt(rules::Alert alert, const model::Hosts& hosts, incidents::Moment moment,
             Effects* effects);

  // Time has passed: deadlines that are due.
  void Tick(const model::Hosts& hosts, incidents::Moment moment, Effects* effects);
  std::optional<WallTime> NextDeadline() const { return deadlines_.Next(); }

  // The wall clock was set: what waits goes on waiting as long as it would have.
  void ClockStepped(Span step, Effects* effects);

  // The pending or firing alert of a check by its own rule; null when there is none.
  const rules::Alert* Find(const HostId& host, const CheckId& check) const;

  // Pending, firing, and those that ended within the last 15 minutes.
  std::shared_ptr<const AlertList> Current(WallTime now);

  static std::string AlertId(const HostId& host, const CheckId& check, const std::string& rule);

 private:
  using Visit = std::function<void(const rules::Alert&)>;
  // What a grace that ended well leaves behind: those who depend on it look again.
  struct Settling {
    WallTime until;
    Span grace;  // how long the grace could have been
  };

  // By the check's own rule.
  void LookAtState(const model::HostPicture& host, const model::CheckPicture& check,
                   const model::Hosts& hosts, incidents::Moment moment, Effects* effects);
  // By the rule for checks that cannot look; alert_desk_blind.cc.
  void LookForSight(const model::HostPicture& host, const model::CheckPicture& check,
                    const model::Hosts& hosts, incidents::Moment moment, Effects* effects);
  static rules::Alert NewAlert(const rules::Rule& rule, const model::HostPicture& host,
                               const model::CheckPicture& check, WallTime now);
  void Keep(rules::Alert alert, const std::optional<rules::Alert>& before,
            const model::HostPicture& host, const model::CheckPicture& check,
            const model::Hosts& hosts, incidents::Moment moment, Effects* effects);
  void Put(rules::Alert alert, Effects* effects);
  void Arm(const rules::Alert& alert);
  void End(const rules::Alert& alert, Effects* effects);
  void WithdrawAlert(const rules::Alert& found, rules::Decision why, const model::Hosts& hosts,
                     incidents::Moment moment, Effects* effects);
  void JudgeAgain(const std::string& alert_id, const model::Hosts& hosts, incidents::Moment moment,
                  Effects* effects);

  // alert_desk_grace.cc
  rules::Surroundings Around(const rules::Alert* current, const rules::Rule& rule,
                             const model::HostPicture& host, const model::CheckPicture& check,
                             const model::Hosts& hosts, WallTime now) const;
  WallTime HostStopsUntil(const HostId& host, const model::CheckPicture& check) const;
  void AfterGrace(const rules::Alert& ended, bool well, const model::Hosts& hosts,
                  incidents::Moment moment, Effects* effects);
  void AfterAnswer(const rules::Alert& ended, Effects* effects) const;
  void VisitActive(const std::string& prefix, const Visit& visit) const;

  const rules::Patience patience_;
  incidents::IncidentBook& book_;
  std::map<std::string, std::shared_ptr<const rules::Alert>> active_;  // by alert id
  Deadlines deadlines_;
  std::map<std::pair<HostId, std::string>, Settling> settling_;  // by subject; "" = all of the host
  std::map<HostId, WallTime> back_until_;  // heard again, its symptoms looked at again until then
  std::deque<std::shared_ptr<const rules::Alert>> ended_;
  std::shared_ptr<const AlertList> current_;  // of active_ and ended_; null once they change
  std::set<HostId> awaited_;                  // not back since the collector's start
  WallTime back_by_;
};

// "<stack>/<env>/" and "<stack>/<env>/<host>/": what the ids of their alerts begin with.
std::string AlertIdPrefix(const StackId& stack);
std::string AlertIdPrefix(const HostId& host);

// A restart, upgrade or reboot is under way, as far as this alert knows.
bool InGrace(const rules::Alert& alert);

}  // namespace faultline::pipeline
