// How often a target's name is resolved again.
#pragma once

#include "common/clock.h"

namespace faultline::checks {

// The answer's TTL, within these bounds.
inline constexpr Span kMinResolveInterval = Span::Seconds(5);
inline constexpr Span kMaxResolveInterval = Span::Seconds(60);
// After a failure.
inline constexpr Span kResolveRetry = Span::Seconds(1);
// So many time-outs in a row are a failure of DNS.
inline constexpr int kDnsSilences = 2;

}  // namespace faultline::checks
