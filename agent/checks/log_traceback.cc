#include "agent/checks/log_traceback.h"

#include <algorithm>
#include <cctype>

namespace faultline::checks {
namespace {

constexpr std::string_view kHead = "Traceback (most recent call last):";
// Another exception follows; its last line tells more than the one before.
constexpr std::string_view kDuring = "During handling of the above exception, another";
constexpr std::string_view kCause = "The above exception was the direct cause of";

bool IsNameChar(unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.'; }

// "RuntimeError: why", "KeyboardInterrupt", "pymysql.err.OperationalError: (2003, ...)"
bool NamesException(std::string_view line) {
  size_t end = 0;
  while (end < line.size() && IsNameChar(static_cast<unsigned char>(line[end]))) ++end;
  if (end == 0 || std::isdigit(static_cast<unsigned char>(line[0])) != 0) return false;
  return end == line.size() || line.substr(end, 2) == ": " || line.substr(end) == ":";
}

}  // namespace

TracebackJoiner::Part TracebackJoiner::Add(std::string_view line) {
  const bool chained = line.rfind(kDuring, 0) == 0 || line.rfind(kCause, 0) == 0;
  if (chained || line.find(kHead) != std::string_view::npos) {
    if (!inside_) lines_ = 0;
    inside_ = true;
    return Part::kInside;
  }
  if (!inside_) return Part::kNone;
  if (++lines_ > kMaxLines) {
    inside_ = false;
    return Part::kNone;
  }
  if (line.empty() || line[0] == ' ' || line[0] == '\t') return Part::kInside;
  if (!NamesException(line)) return Part::kNone;
  inside_ = false;
  return Part::kEnd;
}

}  // namespace faultline::checks
