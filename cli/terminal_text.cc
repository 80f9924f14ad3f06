#include "cli/terminal_text.h"

#include <algorithm>
#include <array>

#include "common/text.h"

namespace faultline::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Rough on purpose (Unicode's East Asian Width tables are thousands of lines): a table that is one
// column off for a rare script is no harm.
constexpr std::array kZeroWidth = {Range{0x300, 0x36F}, Range{0x200B, 0x200D},
                                   Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F},
                                   Range{0xFEFF, 0xFEFF}};
constexpr std::array kDoubleWidth = {
    Range{0x1100, 0x115F},   Range{0x2E80, 0xA4CF},   Range{0xAC00, 0xD7A3},
    Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},
    Range{0xFFE0, 0xFFE6},   Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FF},
    Range{0x1F900, 0x1FAFF}, Range{0x20000, 0x3FFFD}};

template <size_t N>
bool IsIn(const std::array<Range, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& r) { return c >= r.first && c <= r.last; });
}

// Takes one character off the front of valid UTF-8.
std::string_view NextCharacter(std::string_view* text, char32_t* code) {
  const auto lead = static_cast<unsigned char>(text->front());
  size_t length = 1;
  char32_t value = lead;
  if (lead >= 0xF0) {
    length = 4;
    value = lead & 0x07U;
  } else if (lead >= 0xE0) {
    length = 3;
    value = lead & 0x0FU;
  } else if (lead >= 0xC0) {
    length = 2;
    value = lead & 0x1FU;
  }
  length = std::min(length, text->size());
  for (size_t i = 1; i < length; ++i) {
    value = (value << 6U) | (static_cast<unsigned char>((*text)[i]) & 0x3FU);
  }
  const std::string_view character = text->substr(0, length);
  text->remove_prefix(length);
  *code = value;
  return character;
}

size_t WidthOf(char32_t c) {
  if (c < 0x300) return 1;
  if (IsIn(kZeroWidth, c)) return 0;
  return IsIn(kDoubleWidth, c) ? 2 : 1;
}

}  // namespace

std::string TerminalText(std::string_view text, size_t max_bytes) {
  return CleanText(text, max_bytes);
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    char32_t code = 0;
    NextCharacter(&text, &code);
    width += WidthOf(code);
  }
  return width;
}

std::string FitWidth(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::string out;
  size_t used = 0;
  while (!text.empty()) {
    char32_t code = 0;
    const std::string_view character = NextCharacter(&text, &code);
    if (used + WidthOf(code) > width - 1) break;
    out.append(character);
    used += WidthOf(code);
  }
  return out + "…";
}

}  // namespace faultline::cli
