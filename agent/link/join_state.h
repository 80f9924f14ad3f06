// PURE: how joining and renewing stand, in words for people.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "agent/link/identity.h"
#include "common/clock.h"

namespace faultline::link {

// `reason` is empty when all is well, and else
//   JOIN_UNREACHABLE      not joined: the collector was not reached yet
//   JOIN_NO_TOKEN         not joined: there is no token, or it cannot be read
//   JOIN_REFUSED          not joined: the collector or this agent refused; the detail says why
//   IDENTITY_UNWRITABLE   key or certificate cannot be kept on disk
//   RENEWAL_LATE          the certificate should have been renewed long ago
//   RENEWAL_REFUSED       the collector does not renew it and this host cannot join anew
struct JoinState {
  bool joined = false;  // there is an identity (it may have run out)
  std::string reason;
  std::string detail;

  bool operator==(const JoinState&) const = default;
};

// At what an attempt failed.
enum class JoinStep { kToken, kDisk, kCollector };

JoinState Joined(const Identity& identity);
// `damage`: what is wrong with the identity that was there, or empty.
JoinState NotJoined(JoinStep step, const absl::Status& status, const std::string& damage);
// It works from memory.
JoinState Unsaved(const absl::Status& status);
// The same as Joined while it is not late.
JoinState NotRenewed(const Identity& identity, const absl::Status& status, WallTime now);
// `refusal`: of the renewal; `joining`: why joining anew after it failed.
JoinState NotRejoined(const absl::Status& refusal, const absl::Status& joining);

}  // namespace faultline::link
