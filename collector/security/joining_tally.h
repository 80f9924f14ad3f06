// What readers are told of joining: kept apart from the registry, so that no page waits for a disk.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "collector/security/registry.h"
#include "common/clock.h"
#include "common/identity.h"
#include "common/mutex.h"

namespace faultline::security {

// By call ("proof", "enrol", "renew") and outcome (NameOf of a verdict, or "limited",
// "bad_request", "failed").
using Outcomes = std::map<std::pair<std::string, std::string>, uint64_t>;

// Thread-safe, never blocks for long.
class JoiningTally {
 public:
  // Every outcome that there can be begins at 0: who reads a rate sees the first one.
  JoiningTally();

  void Count(const std::string& call, const std::string& outcome);
  Outcomes outcomes() const;

  // A host's newest certificate ends then.
  void SetEnd(const HostId& host, WallTime end);
  // The host has asked again for what it was given already, so it has not got it: until `until` the
  // certificate counts that it asked with.
  void AskedAgain(const HostId& host, WallTime end_of_old, MonoTime until);
  void Forget(const HostId& host);
  // Hosts whose newest certificate ended before.
  std::vector<HostId> EndedBefore(WallTime time) const;
  // When the certificate ends that counts.
  std::map<HostId, WallTime> Ends(MonoTime now) const;

  void SetToken(const StoredToken& token);
  // Instead of all that were known.
  void SetTokens(const std::vector<StoredToken>& tokens);
  uint64_t ActiveTokens(WallTime now) const;

 private:
  struct End {
    WallTime newest;
    WallTime of_old;
    MonoTime old_until;
  };

  mutable Mutex mutex_;
  Outcomes outcomes_ FAULTLINE_GUARDED_BY(mutex_);
  std::map<HostId, End> ends_ FAULTLINE_GUARDED_BY(mutex_);
  std::map<std::string, StoredToken> tokens_ FAULTLINE_GUARDED_BY(mutex_);
};

}  // namespace faultline::security
