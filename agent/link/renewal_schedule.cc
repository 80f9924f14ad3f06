#include "agent/link/renewal_schedule.h"

#include <algorithm>

namespace faultline::link {
namespace {

constexpr Span kLongest = Span::Seconds(3600);
constexpr Span kSoonest = Span::Seconds(60);  // after a certificate came
constexpr double kDue = 2.0 / 3;

Span Part(const Life& life, double part) {
  return Span{
      static_cast<int64_t>(static_cast<double>((life.not_after - life.not_before).ns) * part)};
}

}  // namespace

RenewalTime PlanRenewal(const Life& life, Origin origin, double random, WallTime now,
                        MonoTime mono) {
  const Span part = Part(life, kDue - 0.05 * random);
  const WallTime by_dates = life.not_before + part;
  const Span soonest = origin == Origin::kDisk ? Span{} : kSoonest;
  // Nobody connects with one that has run out by this host's clock, wrong as it may be.
  const WallTime wall =
      origin == Origin::kRenewed ? std::min(now + part, life.not_after) : by_dates;
  const Span left = std::max(soonest, wall - now);
  return {now + left, mono + left};
}

ClockTrouble JudgeClock(const Life& life, const std::optional<Span>& renewed_ago, WallTime now) {
  if (now + kClockSlack < life.not_before) return ClockTrouble::kBehind;
  if (!renewed_ago.has_value()) return ClockTrouble::kNone;
  const Span ahead = Span{(now - life.not_before).ns - renewed_ago->ns};
  return ahead > Part(life, kDue) ? ClockTrouble::kAhead : ClockTrouble::kNone;
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

Span AfterNameTaken(int refusals, Span min, Span max, double random) {
  constexpr int kQuick = 6;
  return AfterRefusal(std::max(1, refusals - kQuick + 1), Span{min.ns / 3}, max, random);
}

}  // namespace faultline::link
