// PURE: how joining and renewing stand, in words for people.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "agent/link/identity.h"
#include "agent/link/renewal_schedule.h"
#include "common/clock.h"

namespace faultline::link {

// `reason` is empty when all is well, and else
//   JOIN_UNREACHABLE      not joined: the collector was not reached yet, or asks to come later
//   JOIN_NO_TOKEN         not joined: there is no token, or it cannot be read
//   JOIN_REFUSED          not joined: the collector or this agent refused; the detail says why
//   IDENTITY_UNWRITABLE   key or certificate cannot be kept on disk
//   CLOCK_WRONG           the certificate's dates show that this host's clock is wrong
//   RENEWAL_LATE          the certificate should have been renewed long ago
//   RENEWAL_REFUSED       the collector does not renew it and this host cannot join anew
struct JoinState {
  bool joined = false;  // there is an identity (it may have run out)
  std::string reason;
  std::string detail;

  bool operator==(const JoinState&) const = default;
};

// At what an attempt failed. kProof: before the collector had proved itself, so that whoever
// answered may be anybody.
enum class JoinStep { kToken, kProof, kDisk, kCollector };

JoinState Joined(const Identity& identity);
// `damage`: what is wrong with the identity that was there, or empty. `again`: when it is tried
// again, of which a refusal tells; {0} = nobody knows.
JoinState NotJoined(JoinStep step, const absl::Status& status, const std::string& damage,
                    WallTime again = {});
// The newest key and certificate are in memory only.
JoinState Unsaved(const absl::Status& status);
JoinState ClockWrong(const Identity& identity, ClockTrouble trouble);
// The same as Joined while it is not late.
JoinState NotRenewed(const Identity& identity, const absl::Status& status, WallTime now);
// `refusal`: of the renewal; `joining`: why joining anew after it failed.
JoinState NotRejoined(const absl::Status& refusal, const absl::Status& joining);

// Why an identity stays although the configuration has another host or role (empty: none is
// wanted), and how to change it; empty when it has the same.
std::string KeptAlthough(const HostIdentity& who, const std::string& host, const std::string& role);

}  // namespace faultline::link
