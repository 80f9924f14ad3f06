// What a person reads about a ping: PURE.
#pragma once

#include <optional>
#include <string>

#include "agent/checks/observation.h"
#include "agent/host/icmp_echo.h"

namespace faultline::checks {

// `target`: as configured ("db.internal"). `address`: "10.0.2.10". `round_trip`: nullopt when our
// own pause hides it. Without times (`observed`).
Observation DescribeReply(const std::string& target, const std::string& address,
                          std::optional<Span> round_trip);

// An answer that is no reply and settles the look at once.
Observation DescribeNoReply(const host::EchoAnswer& answer, const std::string& target,
                            const std::string& address);

struct PingSilence {
  int misses = 0;
  Span over;   // since the first packet that nothing answered
  Span usual;  // round trip before, 0 = not since this agent started
  // Whether this address has answered an agent of this host ever: if not, silence may be a closed
  // security group, and nothing is concluded from it.
  bool ever_answered = false;
  // The last unfriendly answer among the misses, if there was one.
  const host::EchoAnswer* hint = nullptr;
};
Observation DescribePingSilence(const PingSilence& silence, const std::string& target,
                                const std::string& address);

// True for what settles a look at once: this host's own tables, or want of resources. What comes by
// ICMP may flap or be forged: it counts like silence and names its reason when it lasts.
bool SettlesAtOnce(const host::EchoAnswer& answer);

}  // namespace faultline::checks
