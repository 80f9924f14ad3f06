// PURE: when to renew, and how long to wait after a refusal.
#pragma once

#include <optional>

#include "agent/link/host_certificate.h"
#include "common/clock.h"

namespace faultline::link {

// The moment to renew by both clocks. The one that comes first counts: a wall clock that is set
// back after the certificate came, or wrong when it was read, does not put the renewal off.
struct RenewalTime {
  WallTime wall;
  MonoTime mono;
};

// How a certificate came, and so whether its dates or its receipt say how old it is.
enum class Origin {
  kDisk,
  kJoined,   // just now; it may be an older one, when its answer was lost
  kRenewed,  // made just now
};

// Two thirds into the life, up to a twentieth of the life earlier by `random` (in [0, 1)), so that
// hosts which joined together do not renew together. That of a renewed one counts from its receipt:
// a clock that runs ahead would renew it at once, again and again. Never within a minute after the
// certificate came.
RenewalTime PlanRenewal(const Life& life, Origin origin, double random, WallTime now,
                        MonoTime mono);

// How long from now; zero: it is time. At most an hour, for a wall clock that jumps.
Span UntilRenewal(const RenewalTime& time, WallTime now, MonoTime mono);

// What the dates of a certificate say about this host's clock. `renewed_ago`: since it was
// received, of one that was renewed; its beginning was then.
enum class ClockTrouble { kNone, kBehind, kAhead };
ClockTrouble JudgeClock(const Life& life, const std::optional<Span>& renewed_ago, WallTime now);

// A renewal that has failed until five sixths of the life: people should know.
bool IsLate(const Life& life, WallTime now);

// After the `refusals`th refusal in a row (from 1): a minute, growing to `max`; between half and
// all of it, by `random`.
Span AfterRefusal(int refusals, Span min, Span max, double random);

// The same where the name is taken. Its holder counts as there for a minute after it was last seen,
// which is what a machine meets that is installed anew: a third of the pause, six times, before it
// grows.
Span AfterNameTaken(int refusals, Span min, Span max, double random);

}  // namespace faultline::link
