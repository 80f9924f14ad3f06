// What a join token may be for: the same wherever one is made.
#pragma once

#include <cstdint>

#include "common/clock.h"

namespace faultline {

inline constexpr int64_t kMaxTokenUses = 10'000;
inline constexpr Span kLeastTokenLife = Span::Seconds(60);
inline constexpr Span kMostTokenLife = Span::Seconds(365 * 86'400);

}  // namespace faultline
