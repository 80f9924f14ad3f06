#include "collector/pipeline/host_record.h"

#include <algorithm>

namespace faultline::pipeline {
namespace {

// Closer together, two times of one event differ only by what the clock's offset is taken for.
constexpr Span kSameMoment = Span::Seconds(1);

// On a stream the heartbeat goes first and transitions next: what lives holds them up for less.
constexpr Span kMostHeldUp = Span::Seconds(60);

constexpr Span kLongestAgo = Span::Seconds(366 * 86'400);

}  // namespace

WallTime Believed(WallTime time, const model::ClockOffset& clock, WallTime now) {
  if (time.ns == 0) return time;
  const WallTime corrected = clock.Correct(time);
  return corrected > now || corrected + kLongestAgo < now ? now : corrected;
}

SeenObservation InLiveTime(SeenObservation seen, const model::ClockOffset& clock, WallTime heard,
                           WallTime now) {
  const WallTime observed = clock.Correct(seen.observed);
  if (seen.observed.ns == 0 || observed + kMostHeldUp >= heard) return seen;
  const Span set_back = now - observed;
  const auto move = [&](WallTime* time) {
    if (time->ns != 0) *time = *time + set_back;
  };
  move(&seen.observed);
  move(&seen.since);
  for (model::Fact& fact : seen.evidence) move(&fact.at);
  return seen;
}

bool BringEvidenceUpToDate(const SeenObservation& seen, const model::ClockOffset& clock,
                           WallTime now, model::CheckPicture* check) {
  if (seen.evidence.empty()) return false;
  const bool same = std::equal(
      seen.evidence.begin(), seen.evidence.end(), check->evidence.begin(), check->evidence.end(),
      [](const model::Fact& one, const model::Fact& other) { return one.text == other.text; });
  check->evidence = seen.evidence;
  for (model::Fact& fact : check->evidence) {
    fact.at = Believed(fact.at, clock, now);
  }
  return !same;
}

bool ApplyObservation(const SeenObservation& seen, const model::ClockOffset& clock, WallTime now,
                      model::CheckPicture* check) {
  const WallTime observed = Believed(seen.observed, clock, now);
  const bool changed = check->state != seen.state || check->reason != seen.reason;
  if (changed) {
    check->since = seen.since.ns != 0 ? Believed(seen.since, clock, now) : observed;
    check->evidence.clear();
  } else if (seen.state == State::kOk && seen.since.ns != 0 &&
             Believed(seen.since, clock, now) > check->since + kSameMoment) {
    // Well again before anybody saw it otherwise: a service that was restarted in a moment.
    check->since = Believed(seen.since, clock, now);
  }
  check->state = seen.state;
  check->reason = seen.reason;
  check->detail = seen.detail;
  BringEvidenceUpToDate(seen, clock, now, check);
  if (!seen.gauges.empty()) check->gauges = seen.gauges;
  check->observed = std::max(check->observed, observed);
  if (check->state == State::kOk) {
    check->last_ok = check->observed;
    check->ok_since = check->since;
  }
  return changed;
}

}  // namespace faultline::pipeline
