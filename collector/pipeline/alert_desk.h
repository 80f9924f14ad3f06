// Keeps the alerts: applies the rules when a check or time changes, and tells the incident book.
// Belongs to the engine's thread; no clock, no I/O.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collector/incidents/book.h"
#include "collector/model/picture.h"
#include "collector/pipeline/effects.h"
#include "collector/rules/alert.h"
#include "collector/rules/judge.h"
#include "collector/rules/rule.h"

namespace faultline::pipeline {

class AlertDesk {
 public:
  // `book` must outlive the desk. `restored`: pending and firing ones; pending deadlines get at
  // least 5 s from `now`, so that agents can come back first.
  AlertDesk(rules::Patience patience, incidents::IncidentBook& book,
            std::vector<rules::Alert> restored, WallTime now);

  // A check says something (new or again). `hosts` holds it already.
  void Look(const model::HostPicture& host, const model::CheckPicture& check,
            const model::Hosts& hosts, incidents::Moment moment, Effects* effects);

  // A check is gone from its host's configuration.
  void Withdraw(const HostId& host, const CheckId& check, const model::Hosts& hosts,
                incidents::Moment moment, Effects* effects);

  // Withdraws what is left of checks that `host` does not have any more (its configuration changed
  // while it or the collector was away).
  void WithdrawAbsent(const model::HostPicture& host, const model::Hosts& hosts,
                      incidents::Moment moment, Effects* effects);

  // Time has passed: deadlines that are due.
  void Tick(const model::Hosts& hosts, incidents::Moment moment, Effects* effects);
  std::optional<WallTime> NextDeadline() const;

  // Pending, firing, and those that ended within the last 15 minutes.
  std::vector<std::shared_ptr<const rules::Alert>> Current(WallTime now);

  static std::string AlertId(const HostId& host, const CheckId& check, const std::string& rule);

 private:
  using SubjectKey = std::pair<StackId, std::string>;

  rules::Surroundings Around(const rules::Rule& rule, const model::HostPicture& host,
                             const model::CheckPicture& check, const model::Hosts& hosts,
                             const std::string& alert_id) const;
  bool SubjectInGrace(const SubjectKey& key, const std::string& except) const;
  void Put(rules::Alert alert, Effects* effects);
  void End(const rules::Alert& alert, Effects* effects);
  // After a grace of `key` ended: symptoms are looked at again and judged.
  void AfterGrace(const SubjectKey& key, bool well, const model::Hosts& hosts,
                  incidents::Moment moment, Effects* effects);
  void JudgeAgain(const std::string& alert_id, const model::Hosts& hosts,
                  incidents::Moment moment, Effects* effects);

  const rules::Patience patience_;
  incidents::IncidentBook& book_;
  std::map<std::string, rules::Alert> active_;              // by alert id
  std::map<SubjectKey, std::set<std::string>> by_subject_;  // ids of active_
  std::set<std::pair<WallTime, std::string>> deadlines_;
  std::map<SubjectKey, WallTime> settling_;
  std::deque<std::shared_ptr<const rules::Alert>> ended_;
};

}  // namespace faultline::pipeline
