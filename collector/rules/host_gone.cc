#include "collector/rules/host_gone.h"

#include <algorithm>
#include <set>
#include <string>

namespace faultline::rules {
namespace {

// Two who get no answer are believed when the silence has lasted this long: a restarted agent is
// back by then.
constexpr Span kWitnessed = Span::Millis(1500);
constexpr size_t kWitnesses = 2;
// Who is silent for long is looked at every half minute: an answer of before is none.
constexpr Span kAnswerHolds = Span::Seconds(75);

}  // namespace

Presence JudgeSilence(const Silence& silence, Span grace, WallTime now) {
  std::set<std::string> silent;
  WallTime alive = silence.since;
  for (const model::Glimpse& glimpse : silence.glimpses) {
    if (!glimpse.answered) {
      if (glimpse.at >= silence.since) silent.insert(glimpse.from);
    } else if (glimpse.at + kAnswerHolds > now) {
      return Presence::kAnswers;
    } else {
      alive = std::max(alive, glimpse.at);
    }
  }
  if (now < silence.awaited) return Presence::kUndecided;
  if (silent.size() >= kWitnesses && now >= alive + kWitnessed) return Presence::kGone;
  const WallTime due = std::max(alive + grace, silence.not_before);
  return grace.ns > 0 && now >= due ? Presence::kUnseen : Presence::kUndecided;
}

Span CutOffTogether(Span heartbeat) { return std::max(Span::Seconds(5), Span{2 * heartbeat.ns}); }

bool IsCutOff(WallTime since, const std::vector<Unheard>& hosts, Span together) {
  size_t lost = 0;
  size_t heard = 0;
  for (const Unheard& host : hosts) {
    if (!host.has_value()) {
      ++heard;
      continue;
    }
    const Span apart = *host < since ? since - *host : *host - since;
    if (apart < together) ++lost;
  }
  const size_t all = lost + heard;
  return (lost >= 2 && heard == 0) || (lost >= 3 && lost * 5 >= all * 4);
}

}  // namespace faultline::rules
