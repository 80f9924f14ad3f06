// When a file system will be full if it goes on like this: PURE.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "common/clock.h"

namespace faultline::checks {

// The last looks, and the median of the slopes between each two of them (Theil and Sen): a single
// large file that comes or goes does not sway it.
class DiskTrend {
 public:
  // Looks that come sooner than 10 s after the last that was kept are left out.
  void Add(MonoTime at, uint64_t available_bytes);
  // nullopt while nothing can be said: fewer than 8 looks over 4 minutes, no steady fall, or more
  // than three days to go.
  std::optional<Span> UntilFull() const;

 private:
  struct Sample {
    MonoTime at;
    double available = 0;
  };
  std::deque<Sample> samples_;
};

}  // namespace faultline::checks
