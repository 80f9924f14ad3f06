#include "collector/security/standing.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace faultline::security {

absl::Status Standing::Admit(const std::string& serial) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(serial);
  if (found == entries_.end()) {
    return absl::UnauthenticatedError(
        "your certificate is not in this collector's registry (was it restored from an older "
        "backup?); join anew with a token: faultline token create");
  }
  Entry& entry = found->second;
  if (!entry.revoked_why.empty()) {
    return absl::UnauthenticatedError(
        absl::StrCat("your certificate was revoked: ", entry.revoked_why,
                     "; to let this host in again, give it a new token: faultline token create"));
  }
  if (!entry.used) newly_used_.push_back(serial);
  entry.used = true;
  return absl::OkStatus();
}

void Standing::Add(const std::string& serial, bool used) {
  MutexLock lock(mutex_);
  entries_.emplace(serial, Entry{used, ""});
}

void Standing::Revoke(const std::string& serial, const std::string& why) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(serial);
  if (found == entries_.end() || !found->second.revoked_why.empty()) return;
  found->second.revoked_why = why.empty() ? "no reason was given" : why;
}

void Standing::Forget(const std::string& serial) {
  MutexLock lock(mutex_);
  entries_.erase(serial);
}

bool Standing::ForgetUnused(const std::string& serial) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(serial);
  if (found == entries_.end()) return true;
  if (found->second.used) return false;
  entries_.erase(found);
  return true;
}

std::optional<Standing::Entry> Standing::Find(const std::string& serial) const {
  MutexLock lock(mutex_);
  const auto found = entries_.find(serial);
  return found == entries_.end() ? std::nullopt : std::optional<Entry>(found->second);
}

void Standing::GiveBackUsed(const std::vector<std::string>& serials) {
  MutexLock lock(mutex_);
  newly_used_.insert(newly_used_.end(), serials.begin(), serials.end());
}

std::vector<std::string> Standing::TakeUsed() {
  MutexLock lock(mutex_);
  return std::exchange(newly_used_, {});
}

}  // namespace faultline::security
