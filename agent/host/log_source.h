// Lines of a log as they are written, from systemd's journal or from a file.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "agent/host/loop.h"
#include "common/clock.h"

namespace faultline::host {

// What a line may be long; the rest of it is skipped.
inline constexpr size_t kMaxLogLine = 8 * 1024;

struct LogLine {
  std::string_view text;  // at most kMaxLogLine bytes, hostile; valid during the call
  WallTime at;            // written (journal) or read (file)
  int priority = -1;      // syslog's 0 to 7; -1 = unknown, or a message's later line
};

// Told on the loop's thread, never from within Start. It must not destroy the source.
class LogListener {
 public:
  virtual ~LogListener() = default;
  virtual void OnLine(const LogLine& line) = 0;
  // Everything there is has been read; called at the start and after each batch.
  virtual void OnCaughtUp() = 0;
  // Lines between two times may be lost; `why` is one line for people.
  virtual void OnGap(const std::string& why, WallTime from, WallTime to) = 0;
  // The position is about to be saved, also in the source's destructor: what was read up to now is
  // not read again, so hand on what is held back.
  virtual void OnSaving() {}
  // The log cannot be read now; the text says why and what to do. Tried again by itself.
  virtual void OnUnavailable(const absl::Status& why) = 0;
};

// Reads a bounded number of lines at a time and lets others run in between. The position is kept
// in a small file, saved at the first opening, at most every few seconds and in the destructor:
// after a crash of this process some lines may be read again. A first start begins at the end.
class LogSource {
 public:
  virtual ~LogSource() = default;
  virtual void Start() = 0;
};

struct JournalOptions {
  std::vector<std::string> units;  // lines of any of them, and systemd's own about them
  std::string directory;           // for tests; empty = this host's journal
  std::string position_file;
};
class JournalSource : public LogSource {
 public:
  // Names learned later (the canonical one of an alias). Lines that were written under them since
  // the start are read too.
  virtual void SetUnits(std::vector<std::string> units) = 0;
};
// `listener` must outlive the source.
std::unique_ptr<JournalSource> MakeJournalSource(Loop& loop, const Clock& clock,
                                                 JournalOptions options, LogListener& listener);

// Follows `path` through rotation (rename and create) and truncation. A file that appears later is
// read from its beginning; one that stays away for 10 s is told of as unavailable. Where more than
// 64 MiB were written while nobody read, or faster than can be read, the beginning is a gap.
std::unique_ptr<LogSource> MakeFileSource(Loop& loop, const Clock& clock, const std::string& path,
                                          const std::string& position_file, LogListener& listener);

}  // namespace faultline::host
