#include "collector/notify/host_budget.h"

#include <algorithm>

namespace faultline::notify {
namespace {

bool IsOld(MonoTime told, MonoTime now) { return told + kHostPeriod <= now; }

}  // namespace

size_t HostBudget::Spent(const std::string& host, MonoTime now) const {
  const auto found = told_.find(host);
  if (found == told_.end()) return 0;
  return static_cast<size_t>(std::count_if(found->second.begin(), found->second.end(),
                                           [now](MonoTime at) { return !IsOld(at, now); }));
}

bool HostBudget::IsSpent(const std::string& host, bool is_critical, MonoTime now) const {
  const std::map<std::string, Times>& told = is_critical ? told_critical_ : told_;
  const auto found = told.find(host);
  if (found == told.end() || found->second.size() < kMostOfHost) return false;
  return !IsOld(found->second.front(), now);
}

void HostBudget::Tell(const std::string& host, bool is_critical, MonoTime now) {
  const auto note = [&](Times& told) {
    told.push_back(now);
    if (told.size() > kMostOfHost) told.pop_front();
  };
  note(told_[host]);
  if (is_critical) note(told_critical_[host]);
}

bool HostBudget::Overflows(const std::string& host) {
  return overflowing_.try_emplace(host, 0).second;
}

void HostBudget::PassOver(const std::string& host) { ++overflowing_[host]; }

uint64_t HostBudget::Ends(const std::string& host) {
  const auto found = overflowing_.find(host);
  if (found == overflowing_.end()) return 0;
  const uint64_t untold = found->second;
  overflowing_.erase(found);
  return untold;
}

MonoTime HostBudget::NextRoom(MonoTime after) const {
  MonoTime next{INT64_MAX};
  for (const auto& [host, untold] : overflowing_) {
    for (const auto* all : {&told_, &told_critical_}) {
      const auto found = all->find(host);
      if (found == all->end()) continue;
      for (const MonoTime told : found->second) {
        if (told + kHostPeriod > after) next = std::min(next, told + kHostPeriod);
      }
    }
  }
  return next;
}

void HostBudget::Forget(MonoTime now) {
  for (auto* all : {&told_, &told_critical_}) {
    for (auto& [host, told] : *all) {
      while (!told.empty() && IsOld(told.front(), now)) told.pop_front();
    }
    std::erase_if(*all, [](const auto& entry) { return entry.second.empty(); });
  }
}

}  // namespace faultline::notify
