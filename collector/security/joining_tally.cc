#include "collector/security/joining_tally.h"

#include <algorithm>

#include "collector/security/verdict.h"

namespace faultline::security {

JoiningTally::JoiningTally() {
  using V = Verdict;
  const std::pair<const char*, std::vector<V>> verdicts[] = {
      {"proof", {V::kIssue, V::kNoSuchToken, V::kTokenExpired, V::kTokenRevoked}},
      {"enrol",
       {V::kIssue, V::kRepeat, V::kTakeOver, V::kNoSuchToken, V::kWrongToken, V::kTokenExpired,
        V::kTokenRevoked, V::kTokenUsedUp, V::kHostRevoked, V::kNameLive, V::kNameSettling,
        V::kNameTaken}},
      {"renew",
       {V::kIssue, V::kRepeat, V::kUnknownCertificate, V::kWrongSignature, V::kCertificateRevoked,
        V::kCertificateOutdated, V::kCertificateTooOld}}};
  for (const auto& [call, possible] : verdicts) {
    for (const V verdict : possible) outcomes_[{call, std::string(NameOf(verdict))}] = 0;
    for (const char* other : {"limited", "bad_request", "failed"}) outcomes_[{call, other}] = 0;
  }
}

void JoiningTally::Count(const std::string& call, const std::string& outcome) {
  MutexLock lock(mutex_);
  ++outcomes_[{call, outcome}];
}

Outcomes JoiningTally::outcomes() const {
  MutexLock lock(mutex_);
  return outcomes_;
}

void JoiningTally::SetEnd(const HostId& host, WallTime end) {
  MutexLock lock(mutex_);
  ends_[host] = {.newest = end, .of_old = {}, .old_until = {}};
}

void JoiningTally::AskedAgain(const HostId& host, WallTime end_of_old, MonoTime until) {
  MutexLock lock(mutex_);
  const auto found = ends_.find(host);
  if (found == ends_.end()) return;
  found->second.of_old = end_of_old;
  found->second.old_until = until;
}

void JoiningTally::Forget(const HostId& host) {
  MutexLock lock(mutex_);
  ends_.erase(host);
}

std::vector<HostId> JoiningTally::EndedBefore(WallTime time) const {
  MutexLock lock(mutex_);
  std::vector<HostId> hosts;
  for (const auto& [host, end] : ends_) {
    if (end.newest < time) hosts.push_back(host);
  }
  return hosts;
}

std::map<HostId, WallTime> JoiningTally::Ends(MonoTime now) const {
  MutexLock lock(mutex_);
  std::map<HostId, WallTime> ends;
  for (const auto& [host, end] : ends_) ends[host] = now < end.old_until ? end.of_old : end.newest;
  return ends;
}

void JoiningTally::SetToken(const StoredToken& token) {
  MutexLock lock(mutex_);
  tokens_[token.id] = token;
}

void JoiningTally::SetTokens(const std::vector<StoredToken>& tokens) {
  MutexLock lock(mutex_);
  tokens_.clear();
  for (const StoredToken& token : tokens) tokens_[token.id] = token;
}

uint64_t JoiningTally::ActiveTokens(WallTime now) const {
  MutexLock lock(mutex_);
  return static_cast<uint64_t>(
      std::count_if(tokens_.begin(), tokens_.end(),
                    [&](const auto& entry) { return entry.second.IsActive(now); }));
}

}  // namespace faultline::security
