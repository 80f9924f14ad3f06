// Where a reader of the journal was, as it lies in a position file: PURE.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace faultline::host {

// Where to go on: after this entry, or at this time where there is no entry yet or it is gone.
struct JournalPosition {
  std::string cursor;  // sd-journal's, opaque; empty: nothing was read yet
  uint64_t realtime_usec = 0;
};

// nullopt for anything that FormatJournalPosition does not write.
std::optional<JournalPosition> ParseJournalPosition(const std::string& text);
std::string FormatJournalPosition(const JournalPosition& position);

}  // namespace faultline::host
