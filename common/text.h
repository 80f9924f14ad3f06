// Bounding text that came from outside.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace faultline {

// At most `max_bytes` bytes of valid, printable, single-line UTF-8: control characters and
// line separators become spaces, invalid bytes '?', marks that turn the direction of text are left
// out, a cut never splits a character and ends in "...".
// Total for any input; protobuf's string fields and terminals take the result as it is.
std::string CleanText(std::string_view text, size_t max_bytes);

// Where `text` stops being valid UTF-8: the offset of the first byte that belongs to no character;
// `text.size()` when all of it is valid.
size_t ValidUtf8(std::string_view text);

// True for reason names: 1 to 64 of A-Z, 0-9 and '_', starting with a letter.
bool IsReasonName(std::string_view text);

}  // namespace faultline
