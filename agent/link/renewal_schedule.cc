#include "agent/link/renewal_schedule.h"

#include <algorithm>

namespace faultline::link {
namespace {

constexpr Span kLongest = Span::Seconds(3600);

Span Part(const Life& life, double part) {
  return Span{
      static_cast<int64_t>(static_cast<double>((life.not_after - life.not_before).ns) * part)};
}

}  // namespace

RenewalTime PlanRenewal(const Life& life, double random, WallTime now, MonoTime mono) {
  const WallTime wall = life.not_before + Part(life, 2.0 / 3 - 0.05 * random);
  return {wall, mono + std::max(Span{}, wall - now)};
}

Span UntilRenewal(const RenewalTime& time, WallTime now, MonoTime mono) {
  const Span left = std::min(time.wall - now, time.mono - mono);
  return std::clamp(left, Span{}, kLongest);
}

bool IsLate(const Life& life, WallTime now) { return now >= life.not_before + Part(life, 5.0 / 6); }

Span AfterRefusal(int refusals, Span min, Span max, double random) {
  Span ceiling = min;
  for (int i = 1; i < refusals && ceiling < max; ++i) ceiling.ns *= 2;
  ceiling = std::min(ceiling, max);
  return Span{static_cast<int64_t>(static_cast<double>(ceiling.ns) * (0.5 + random / 2))};
}

}  // namespace faultline::link
