// How long to wait before trying again: full jitter, so that what failed together does not come
// back together.
#pragma once

#include <cstdint>

#include "common/clock.h"

namespace faultline::host {

// A span of 10 ms to min(max, min * 2^attempt), spread evenly by `random` (any 64 bits).
// `attempt` counts from 0.
Span FullJitter(int attempt, Span min, Span max, uint64_t random);

}  // namespace faultline::host
