#include "agent/host/journal_recent.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "agent/host/journal_open.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxRecentMessage = 4096;

std::string Field(sd_journal* journal, const char* name) {
  return std::string(JournalField(journal, name).substr(0, kMaxRecentMessage));
}

bool IsGenuine(const RecentQuery& query, const std::string& name, const std::string& file) {
  for (const RecentQuery::Program& program : query.programs) {
    if (program.name != name) continue;
    return std::find(program.files.begin(), program.files.end(), file) != program.files.end();
  }
  return false;
}

}  // namespace

absl::StatusOr<std::vector<JournalEntry>> ReadRecentJournal(const RecentQuery& query) {
  const absl::StatusOr<JournalHandle> journal = OpenJournal(query.directory);
  if (!journal.ok()) return journal.status();
  sd_journal* const raw = journal->get();
  int r = 0;
  sd_journal_set_data_threshold(raw, kMaxRecentMessage);
  for (const RecentQuery::Program& program : query.programs) {  // the same field again means "or"
    const std::string match = absl::StrCat("_COMM=", program.name);
    r = sd_journal_add_match(raw, match.data(), match.size());
    if (r < 0) return JournalFailure(r, "cannot filter the journal");
  }
  r = sd_journal_seek_tail(raw);
  if (r < 0) return JournalFailure(r, "cannot find the end of the journal");
  std::vector<JournalEntry> entries;
  for (int i = 0; i < kMaxJournalEntries; ++i) {
    r = sd_journal_previous(raw);
    if (r < 0) return JournalFailure(r, "cannot read the journal backwards");
    uint64_t usec = 0;
    if (r == 0 || sd_journal_get_realtime_usec(raw, &usec) < 0) break;
    const WallTime at{static_cast<int64_t>(usec) * 1000};
    if (at < query.since) break;
    const std::string name = Field(raw, "_COMM");
    if (!IsGenuine(query, name, Field(raw, "_EXE"))) continue;
    entries.push_back({.program = name, .message = Field(raw, "MESSAGE"), .at = at});
  }
  return entries;
}

}  // namespace faultline::host
