// PURE: which of the oldest records are kept when a stream is over its bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/spool/frame.h"

namespace faultline::spool {

// A record as far as this matters.
struct CompactItem {
  uint64_t first = 0;
  uint64_t seq = 0;
  uint64_t check = 0;  // CheckKeyOf
  size_t bytes = 0;
  WallRange when;
};

// What becomes of them: a record that stays (`kept` is its index), or a gap over a range.
struct CompactPart {
  static constexpr size_t kGap = SIZE_MAX;
  size_t kept = kGap;
  uint64_t first = 0;
  uint64_t last = 0;
  WallRange when;
  uint64_t dropped = 0;  // records that go with it; earlier gaps do not count again
};

// `items` ascend without holes, and so do the parts. Of each check its newest transition stays, so
// that a check that flaps cannot push out another's only word; log events and gaps go. Where what
// stays would take more than `max_kept_bytes`, everything becomes one gap.
std::vector<CompactPart> PlanCompaction(const std::vector<CompactItem>& items,
                                        size_t max_kept_bytes);

}  // namespace faultline::spool
