#include "agent/checks/log_fingerprint.h"

#include <algorithm>

#include "agent/host/fnv.h"

namespace faultline::checks {
namespace {

// Longer "quotes" are more likely an apostrophe and what follows it.
constexpr size_t kMaxQuotation = 512;
constexpr size_t kMinHexWord = 8;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool IsWord(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
// What joins numbers to dates, addresses and versions.
bool IsJoint(char c) { return c == '.' || c == ':' || c == '-' || c == '/' || c == '+'; }

// A UUID at the start of `text`: some have groups of letters only.
bool StartsWithUuid(std::string_view text) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.size() < kShape.size()) return false;
  for (size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] == '-' ? text[i] != '-' : !IsHex(text[i])) return false;
  }
  return text.size() == kShape.size() || !IsWord(text[kShape.size()]);
}

bool Varies(std::string_view word) {
  if (std::any_of(word.begin(), word.end(), IsDigit)) return true;
  return word.size() >= kMinHexWord && std::all_of(word.begin(), word.end(), IsHex);
}

void AppendVariable(std::string* out) {
  // "10.0.2.10" is one thing, not four.
  const size_t n = out->size();
  if (n >= 2 && IsJoint((*out)[n - 1]) && (*out)[n - 2] == '#') {
    out->pop_back();
  } else if (n == 0 || out->back() != '#') {
    out->push_back('#');
  }
}

}  // namespace

std::string Skeleton(std::string_view line) {
  // All of a JSON object's text is quoted: without it every such line would be the same error.
  const bool is_json = !line.empty() && line[0] == '{';
  std::string out;
  out.reserve(line.size());
  for (size_t i = 0; i < line.size();) {
    const char c = line[i];
    if (c == ' ' || c == '\t') {
      if (!out.empty() && out.back() != ' ') out.push_back(' ');
      ++i;
    } else if ((c == '"' && !is_json) || (c == '\'' && (i == 0 || !IsWord(line[i - 1])))) {
      const size_t end = line.find(c, i + 1);
      if (end == std::string_view::npos || end - i > kMaxQuotation) {
        out.push_back(c);
        ++i;
      } else {
        out.push_back('Q');
        i = end + 1;
      }
    } else if (StartsWithUuid(line.substr(i))) {
      AppendVariable(&out);
      i += 36;
    } else if (IsWord(c)) {
      size_t end = i;
      while (end < line.size() && IsWord(line[end])) ++end;
      const std::string_view word = line.substr(i, end - i);
      if (Varies(word)) {
        AppendVariable(&out);
      } else {
        out.append(word);
      }
      i = end;
    } else {
      out.push_back(c);
      ++i;
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

uint64_t Fingerprint(std::string_view line) { return host::Fnv1a(Skeleton(line)); }

}  // namespace faultline::checks
