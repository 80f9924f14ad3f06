// The life of a certificate in a table test.
#pragma once

#include <cstdint>

#include "common/clock.h"

namespace faultline::checks {

inline constexpr WallTime kBegin{1'700'000'000'000'000'000};

constexpr Span Days(int64_t days) { return Span::Seconds(days * 86'400); }

}  // namespace faultline::checks
