// What a person reads about a port: PURE. From an answer, or its absence, to state, reason and
// one line.
#pragma once

#include <optional>
#include <string>

#include "agent/checks/observation.h"
#include "agent/host/tcp_prober.h"

namespace faultline::checks {

// `target`: as configured ("db.internal:3306"). `endpoint`: "10.0.2.10:3306". `took`: since the
// attempt's first packet, nullopt when this was not to be measured. Without times (`observed`).
Observation DescribeAnswer(const host::TcpAnswer& answer, const std::string& target,
                           const std::string& endpoint, std::optional<Span> took);

struct Silence {
  int misses = 0;
  Span over;   // since the first packet that nothing answered
  Span usual;  // round trip before, 0 = never had an answer
  // The last unfriendly answer among the misses, if there was one (host unreachable, blocked here).
  const host::TcpAnswer* hint = nullptr;
};
Observation DescribeSilence(const Silence& silence, const std::string& target,
                            const std::string& endpoint);

// The same for a port that must be closed to this host: what answers is CRITICAL, EXPOSED; what
// keeps it out is OK, and the detail says how. What could not look stays UNKNOWN, a name that does
// not resolve included.
Observation ExpectClosed(Observation seen);

// True for answers that settle an attempt at once. Others (host unreachable, blocked by this
// host's firewall) may pass by: they count like silence and name its reason when it lasts.
bool SettlesAtOnce(const host::TcpAnswer& answer);

}  // namespace faultline::checks
