// What the readers of systemd's journal share: opening it, its errors, its fields. Only
// agent/host/journal*.cc speak sd-journal.
#pragma once

#include <systemd/sd-journal.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace faultline::host {

// Of one look back from the journal's end.
inline constexpr int kMaxJournalEntries = 200;

struct JournalCloser {
  void operator()(sd_journal* journal) const { sd_journal_close(journal); }
};
using JournalHandle = std::unique_ptr<sd_journal, JournalCloser>;

// `error`: a negative errno of the library. Missing rights become PermissionDenied, which names the
// group.
absl::Status JournalFailure(int error, const std::string& what);

// `directory`: for tests; empty = this host's journal, all of its files.
absl::StatusOr<JournalHandle> OpenJournal(const std::string& directory);

// The library leaves out, without a word, files that it may not read: PermissionDenied or NotFound
// where nothing is left.
absl::Status CheckJournalReadable(sd_journal* journal, const std::string& directory);

// Lets through what the units' processes wrote, and what systemd itself (PID 1) says of the units:
// as `journalctl -u` does (systemd's logs-show.c). A negative errno of the library when it fails.
int MatchUnits(sd_journal* journal, const std::vector<std::string>& units);

// The value of a field of the current entry, "" where it has none; valid until the next call.
std::string_view JournalField(sd_journal* journal, const char* name);

}  // namespace faultline::host
