// The desk's part about hosts of which nothing is known any more.
#include <string>
#include <vector>

#include "collector/pipeline/alert_desk.h"

namespace faultline::pipeline {

void AlertDesk::Forget(const HostId& host, rules::Decision why, const model::Hosts& hosts,
                       incidents::Moment moment, Effects* effects) {
  awaited_.erase(host);
  if (const auto picture = hosts.find(host); picture != hosts.end()) {
    for (const auto& [id, check] : picture->second->checks) book_.Saw(host, id, nullptr);
  }
  // Those of checks that have not come back since the collector's start are among them.
  std::vector<std::string> ids;
  VisitActive(AlertIdPrefix(host), [&](const rules::Alert& alert) { ids.push_back(alert.id); });
  for (const std::string& id : ids) {
    const auto found = active_.find(id);
    if (found == active_.end()) continue;  // one that another's end took along
    const rules::Alert alert = *found->second;
    book_.Saw(host, alert.check, nullptr);
    WithdrawAlert(alert, why, hosts, moment, effects);
  }
}

}  // namespace faultline::pipeline
