// Whether a host whose agent is not heard is gone, or only its agent; and whether it is rather the
// collector that is cut off. Pure: time is an argument, everything else a value.
#pragma once

#include <optional>
#include <vector>

#include "collector/model/picture.h"
#include "common/clock.h"

namespace faultline::rules {

// Hosts that fall silent within this time of each other do so for one reason; and so long is waited
// before that is said. Agents with a slow heartbeat are last heard at very different times.
Span CutOffTogether(Span heartbeat);

struct Silence {
  WallTime since;  // its last word, or the end of its stream
  // Until then nobody may have been able to look, or to come back: that there is nobody proves
  // nothing. {0} = at any time.
  WallTime not_before;
  // Who was asked first answers by then; {0} = nobody is asked, or all have answered.
  WallTime awaited;
  std::vector<model::Glimpse> glimpses;  // of each other host that can look (sight.h)
};

enum class Presence {
  kUndecided,
  kAnswers,  // somebody gets an answer, be it a refusal: only its agent is gone
  kGone,     // two who can look get none
  kUnseen,   // the grace is over, and fewer than two can look
};

// `grace`: how long kUnseen takes, from the last sign of life; {0} = never.
Presence JudgeSilence(const Silence& silence, Span grace, WallTime now);

// Since when a host is not heard; nullopt = it is.
using Unheard = std::optional<WallTime>;

// Whether what fell silent at `since` did so `together` with all hosts (two at least), or with
// three and four fifths of them. `hosts`: each that the collector should hear, that one too,
// without those on its own machine.
bool IsCutOff(WallTime since, const std::vector<Unheard>& hosts, Span together);

}  // namespace faultline::rules
