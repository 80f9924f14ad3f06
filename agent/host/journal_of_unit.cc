#include "agent/host/journal_of_unit.h"

#include <algorithm>

#include "agent/host/journal_open.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxMessage = 4096;

}  // namespace

absl::StatusOr<std::vector<UnitLogEntry>> ReadUnitLog(const UnitLogQuery& query) {
  const absl::StatusOr<JournalHandle> journal = OpenJournal(query.directory);
  if (!journal.ok()) return journal.status();
  sd_journal* const raw = journal->get();
  sd_journal_set_data_threshold(raw, kMaxMessage);
  int r = MatchUnits(raw, query.units);
  if (r < 0) return JournalFailure(r, "cannot filter the journal");
  r = sd_journal_seek_tail(raw);
  if (r < 0) return JournalFailure(r, "cannot find the end of the journal");
  std::vector<UnitLogEntry> entries;
  for (int i = 0; i < kMaxJournalEntries; ++i) {
    r = sd_journal_previous(raw);
    if (r < 0) return JournalFailure(r, "cannot read the journal backwards");
    uint64_t usec = 0;
    if (r == 0 || sd_journal_get_realtime_usec(raw, &usec) < 0) break;
    UnitLogEntry entry;
    entry.at = WallTime{static_cast<int64_t>(usec) * 1000};
    if (entry.at < query.since) break;
    const std::string_view priority = JournalField(raw, "PRIORITY");
    if (priority.size() == 1 && priority[0] >= '0' && priority[0] <= '7') {
      entry.priority = priority[0] - '0';
    }
    entry.by_systemd = JournalField(raw, "_PID") == "1";
    entry.message = std::string(JournalField(raw, "MESSAGE").substr(0, kMaxMessage));
    entries.push_back(std::move(entry));
  }
  std::reverse(entries.begin(), entries.end());
  return entries;
}

}  // namespace faultline::host
