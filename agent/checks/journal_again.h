// When to look into the journal again for a line that is not there yet.
#pragma once

#include <array>

#include "common/clock.h"

namespace faultline::checks {

// journald on a busy host writes a line seconds after it was given it.
inline constexpr std::array kJournalAgain = {Span::Millis(150), Span::Millis(600),
                                             Span::Seconds(3)};

}  // namespace faultline::checks
