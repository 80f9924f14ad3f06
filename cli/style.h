// Colours: what each state looks like, in one place.
#pragma once

#include <string>
#include <string_view>

#include "faultline/v1/operator.pb.h"

namespace faultline::cli {

enum class Style { kPlain, kBold, kFaint, kGood, kWarning, kBad, kUnknown };

// `text` between the terminal's codes for `style`; `text` as it is without `color`.
std::string Paint(std::string_view text, Style style, bool color);

Style StyleOf(v1::State state);
Style StyleOf(v1::Host::Link link);
Style StyleOf(v1::Alert::State state);
Style StyleOf(v1::Incident::State state);
// By its word: critical, warning, info.
Style StyleOfSeverity(std::string_view severity);

}  // namespace faultline::cli
