#include "common/text.h"

#include <algorithm>

namespace faultline {
namespace {

// Length of the well-formed UTF-8 sequence at the start of `s` (Unicode 15, table 3-7), 0 if none.
size_t SequenceLength(std::string_view s) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (length == 0 || s.size() < length || byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

// What makes text read otherwise than it stands there (Unicode's Bidi_Control): nothing that a host
// says needs it.
bool IsDirectionMark(std::string_view sequence) {
  if (sequence.size() == 2) return sequence == "\xD8\x9C";  // U+061C
  if (sequence.size() != 3 || sequence[0] != '\xE2') return false;
  const auto second = static_cast<unsigned char>(sequence[1]);
  const auto third = static_cast<unsigned char>(sequence[2]);
  if (second == 0x80) {
    // U+200E, U+200F; U+202A to U+202E
    return (third >= 0x8E && third <= 0x8F) || (third >= 0xAA && third <= 0xAE);
  }
  return second == 0x81 && third >= 0xA6 && third <= 0xA9;  // U+2066 to U+2069
}

// U+2028 and U+2029 begin a new line, whatever a line's end is elsewhere.
bool IsLineSeparator(std::string_view sequence) {
  return sequence == "\xE2\x80\xA8" || sequence == "\xE2\x80\xA9";
}

}  // namespace

std::string CleanText(std::string_view text, size_t max_bytes) {
  std::string out;
  out.reserve(std::min(text.size(), max_bytes));
  size_t last_fit = 0;  // where a cut may go so that "..." still fits
  for (size_t i = 0; i < text.size();) {
    const size_t length = SequenceLength(text.substr(i));
    const unsigned char c = static_cast<unsigned char>(text[i]);
    const size_t needed = std::max<size_t>(length, 1);
    if (IsDirectionMark(text.substr(i, length))) {
      i += length;
      continue;
    }
    if (out.size() + needed > max_bytes) {
      out.resize(last_fit);
      out.append(std::string_view("...").substr(0, max_bytes - last_fit));
      return out;
    }
    if (length == 0) {
      out += '?';
    } else if (length == 1 && (c < 0x20 || c == 0x7f)) {
      out += ' ';
    } else if (length == 2 && c == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      out += ' ';  // C1 controls
    } else if (IsLineSeparator(text.substr(i, length))) {
      out += ' ';
    } else {
      out.append(text.substr(i, length));
    }
    i += needed;
    if (out.size() + 3 <= max_bytes) last_fit = out.size();
  }
  return out;
}

size_t ValidUtf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t length = SequenceLength(text.substr(at));
    if (length == 0) break;
    at += length;
  }
  return at;
}

bool IsReasonName(std::string_view text) {
  if (text.empty() || text.size() > 64 || text[0] < 'A' || text[0] > 'Z') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace faultline
