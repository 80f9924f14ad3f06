// The last few lines that some programs wrote to systemd's journal.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"

namespace faultline::host {

struct JournalEntry {
  std::string program;  // _COMM, as the kernel told journald; nobody else can set it
  std::string message;  // at most 4 KiB, hostile
  WallTime at;
};

struct RecentQuery {
  // By _COMM, each with the only file that it may be (_EXE): any user may name a program "sudo".
  struct Program {
    std::string name;
    std::vector<std::string> files;
  };
  std::vector<Program> programs;
  WallTime since;
  std::string directory;  // for tests; empty = this host's journal
};

// At most 200 entries, the newest first. Reads backwards by the journal's index, so that the time
// does not grow with the journal (about a millisecond); still for the worker pool: the disk may be
// slow. Opens and closes the journal: keeps nothing mapped. Empty where there is no journal or
// where this process may not read it.
absl::StatusOr<std::vector<JournalEntry>> ReadRecentJournal(const RecentQuery& query);

}  // namespace faultline::host
