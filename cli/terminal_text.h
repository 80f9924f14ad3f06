// Text from outside as a terminal may show it, and how wide it is there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace faultline::cli {

// CleanText (one line, no control characters, at most `max_bytes`) without the characters that
// reorder what stands beside them (Unicode's bidirectional controls, line and paragraph
// separators).
std::string TerminalText(std::string_view text, size_t max_bytes = 512);

// Columns that `text` takes: 0 for combining marks and joiners, 2 for East Asian wide characters
// and emoji, else 1. `text` is valid UTF-8 without control characters.
size_t DisplayWidth(std::string_view text);

// `text` in at most `width` columns, its end replaced by "…" when something was cut off.
std::string FitWidth(std::string_view text, size_t width);

}  // namespace faultline::cli
