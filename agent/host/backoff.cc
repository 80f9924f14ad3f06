#include "agent/host/backoff.h"

#include <algorithm>

namespace faultline::host {

Span FullJitter(int attempt, Span min, Span max, uint64_t random) {
  constexpr int64_t kFloorNs = 10'000'000;
  int64_t bound = std::max(min.ns, kFloorNs);
  for (int i = 0; i < attempt && bound < max.ns; ++i) bound *= 2;
  bound = std::max(std::min(bound, max.ns), kFloorNs);
  return Span{kFloorNs +
              static_cast<int64_t>(random % static_cast<uint64_t>(bound - kFloorNs + 1))};
}

}  // namespace faultline::host
