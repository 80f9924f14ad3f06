#include "agent/link/backoff.h"

#include <algorithm>

namespace faultline::link {
namespace {

constexpr Span kSteady = Span::Seconds(30);

Span Scale(Span span, double factor) {
  return Span{static_cast<int64_t>(static_cast<double>(span.ns) * factor)};
}

}  // namespace

Span Backoff::Next(const Attempt& attempt, double random) {
  if (attempt.welcomed && attempt.lived >= kSteady) failures_ = 0;
  // Still jittered, but never soon.
  if (attempt.refused) return Scale(max_, 0.5 + random / 2);
  Span ceiling = min_;
  for (int i = 0; i < failures_ && ceiling < max_; ++i) ceiling.ns *= 2;
  ceiling = std::min(ceiling, max_);
  if (failures_ < 60) ++failures_;
  return Scale(ceiling, random);
}

}  // namespace faultline::link
