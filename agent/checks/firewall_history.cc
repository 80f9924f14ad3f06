#include "agent/checks/firewall_history.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace faultline::checks {
namespace {

constexpr size_t kMaxEpochs = 64;

}  // namespace

std::string FirewallHistory::KeyOf(const FirewallFinding& finding) {
  // Legacy rules have no handle; their place and text say which.
  if (finding.handle == 0) return absl::StrCat(finding.place, " ", finding.quote);
  return absl::StrCat(finding.table, " ", finding.handle);
}

void FirewallHistory::Add(const FirewallSurvey& survey, WallTime changed, MonoTime now) {
  const std::optional<WallTime> added =
      started_ && changed.ns != 0 ? std::optional(changed) : std::nullopt;
  // Handles only grow, so the highest of each reading tells the new ones of the next.
  std::map<uint64_t, std::vector<Epoch>> tables;
  for (const FirewallSurvey::TableMark& mark : survey.tables) {
    std::vector<Epoch>& epochs = tables[mark.table];
    if (const auto known = tables_.find(mark.table); known != tables_.end()) {
      epochs = std::move(known->second);
    }
    if (!epochs.empty() && mark.highest <= epochs.back().highest) continue;
    epochs.push_back({mark.highest, added});
    if (epochs.size() > kMaxEpochs) {
      epochs.erase(epochs.begin());
      epochs.front().added.reset();
    }
  }
  tables_ = std::move(tables);

  std::map<uint64_t, std::optional<WallTime>> policies;
  for (const uint64_t chain : survey.dropping_chains) {
    const auto known = policies_.find(chain);
    policies[chain] = known != policies_.end() ? known->second : added;
  }
  policies_ = std::move(policies);

  std::map<std::string, Counter> counters;
  for (const FirewallFinding& finding : survey.findings) {
    if (!finding.packets.has_value()) continue;
    const std::string key = KeyOf(finding);
    Counter counter;
    if (const auto known = counters_.find(key); known != counters_.end()) counter = known->second;
    if (counter.readings == 0) counter.first = *finding.packets;
    // A counter may also be set back to 0 (iptables -Z).
    if (counter.readings > 0 && *finding.packets > counter.last) counter.moved = now;
    counter.first = std::min(counter.first, *finding.packets);
    counter.last = *finding.packets;
    ++counter.readings;
    counters.emplace(key, counter);
  }
  counters_ = std::move(counters);
  started_ = true;
}

std::optional<WallTime> FirewallHistory::AddedAt(const FirewallFinding& finding) const {
  if (finding.kind == FirewallFinding::Kind::kPolicy) {
    const auto policy = policies_.find(PolicyKey(finding.table, finding.handle));
    return policy == policies_.end() ? std::nullopt : policy->second;
  }
  const auto table = tables_.find(finding.table);
  if (finding.handle == 0 || table == tables_.end()) return std::nullopt;
  for (const Epoch& epoch : table->second) {
    if (finding.handle <= epoch.highest) return epoch.added;
  }
  return std::nullopt;
}

std::optional<bool> FirewallHistory::Moves(const FirewallFinding& finding, MonoTime now) const {
  const auto counter = counters_.find(KeyOf(finding));
  if (!finding.packets.has_value() || counter == counters_.end() || counter->second.readings < 2) {
    return std::nullopt;
  }
  return counter->second.moved.has_value() && now - *counter->second.moved < kCounterMovesFor;
}

uint64_t FirewallHistory::Counted(const FirewallFinding& finding) const {
  const auto counter = counters_.find(KeyOf(finding));
  return counter == counters_.end() ? 0 : counter->second.last - counter->second.first;
}

}  // namespace faultline::checks
