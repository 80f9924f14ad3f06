#include "agent/host/journal_position.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace faultline::host {
namespace {

constexpr char kFormat[] = "journal 1";
constexpr size_t kMaxCursor = 1024;

}  // namespace

std::optional<JournalPosition> ParseJournalPosition(const std::string& text) {
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  JournalPosition position;
  if (lines.size() != 4 || lines[0] != kFormat || lines[1].size() > kMaxCursor ||
      !absl::SimpleAtoi(lines[2], &position.realtime_usec) || position.realtime_usec == 0 ||
      !lines[3].empty()) {
    return std::nullopt;
  }
  position.cursor = lines[1];
  return position;
}

std::string FormatJournalPosition(const JournalPosition& position) {
  return absl::StrCat(kFormat, "\n", position.cursor, "\n", position.realtime_usec, "\n");
}

}  // namespace faultline::host
