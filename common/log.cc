#include "common/log.h"

#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/text.h"

namespace faultline {
namespace {

constexpr size_t kMaxLine = 4096;

const char* LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return "error";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kNotice:
      return "notice";
    case LogLevel::kInfo:
      return "info";
  }
  return "";
}

const char* Colour(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return "\x1b[31m";
    case LogLevel::kWarning:
      return "\x1b[33m";
    case LogLevel::kNotice:
    case LogLevel::kInfo:
      break;
  }
  return "";
}

}  // namespace

void Log(LogLevel level, const std::string& text) {
  static const bool journal = getenv("JOURNAL_STREAM") != nullptr;
  static const bool colour =
      !journal && isatty(STDERR_FILENO) != 0 && getenv("NO_COLOR") == nullptr;
  const std::string clean = CleanText(text, kMaxLine);
  std::string line;
  if (journal) {
    line = absl::StrCat("<", static_cast<int>(level), ">", clean, "\n");
  } else {
    const char* const start = colour ? Colour(level) : "";
    line = absl::StrCat(FormatRfc3339(SystemClock().Now()), " ", start, LevelName(level),
                        *start != '\0' ? "\x1b[0m" : "", " ", clean, "\n");
  }
  // Nothing can be done about a standard error that does not take it.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace faultline
