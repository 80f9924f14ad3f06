// systemd's journal, followed.
#include <systemd/sd-journal.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/host/journal_open.h"
#include "agent/host/journal_position.h"
#include "agent/host/log_source.h"
#include "agent/host/position_file.h"

namespace faultline::host {
namespace {

// What is read before others run.
constexpr int kEntriesPerTurn = 200;
constexpr size_t kJournalBytesPerTurn = 64 * 1024;
// Of one message; what is longer is cut by the library.
constexpr size_t kMaxMessageBytes = 64 * 1024;
constexpr size_t kMaxLinesPerMessage = 64;
// The library keeps the journal mapped as far as it has read: memory that grows with a busy log.
constexpr int kEntriesPerOpening = 100'000;
// Read in a row without coming to the end: some ten seconds' work.
constexpr int kMaxBacklogEntries = 500'000;
constexpr Span kJournalRetry = Span::Seconds(30);

WallTime FromUsec(uint64_t usec) { return {static_cast<int64_t>(usec) * 1000}; }

class RealJournalSource : public JournalSource {
 public:
  RealJournalSource(Loop& loop, const Clock& clock, JournalOptions options, LogListener& listener)
      : loop_(loop), clock_(clock), options_(std::move(options)), listener_(listener) {}

  ~RealJournalSource() override {
    Save();
    Close();
  }

  void Start() override {
    if (const auto saved = LoadPosition(options_.position_file); saved.has_value()) {
      position_ = ParseJournalPosition(*saved).value_or(JournalPosition{});
    }
    // A first start reads no history; the next one goes on here, also when nothing was read.
    if (position_.realtime_usec == 0) {
      position_.realtime_usec = static_cast<uint64_t>(clock_.Now().ns / 1000);
      save_ = loop_.After(Span{}, [this] { Save(); });
    }
    turn_ = loop_.After(Span{}, [this] { Open(); });
  }

  void SetUnits(std::vector<std::string> units) override {
    if (units == options_.units) return;
    options_.units = std::move(units);
    if (journal_ != nullptr) turn_ = loop_.After(Span{}, [this] { Open(); });
  }

 private:
  void Close() {
    watch_.reset();
    journal_.reset();
  }

  void Open() {
    RememberCursor();
    Close();
    const absl::Status opened = TryOpen();
    if (!opened.ok()) {
      Close();
      turn_ = loop_.After(kJournalRetry, [this] { Open(); });
      listener_.OnUnavailable(opened);
      return;
    }
    Read();
  }

  absl::Status TryOpen() {
    auto opened = OpenJournal(options_.directory);
    if (!opened.ok()) return opened.status();
    journal_ = *std::move(opened);
    sd_journal* const raw = journal_.get();
    entries_read_ = 0;
    // Watch first: what is written from now on is told.
    const int fd = sd_journal_get_fd(raw);
    if (fd < 0) return JournalFailure(fd, "cannot watch the journal");
    if (absl::Status readable = CheckJournalReadable(raw, options_.directory); !readable.ok()) {
      return readable;
    }
    sd_journal_set_data_threshold(raw, kMaxMessageBytes);
    ForgetVanishedCursor(raw);
    if (absl::Status filtered = Filter(raw); !filtered.ok()) return filtered;
    if (const int sought = Seek(raw); sought < 0) {
      return JournalFailure(sought, "cannot find the place in the journal");
    }
    auto watch = loop_.WatchFd(fd, static_cast<uint32_t>(sd_journal_get_events(raw)),
                               [this](uint32_t) { OnChanged(); });
    if (!watch.ok()) return watch.status();
    watch_ = *std::move(watch);
    return absl::OkStatus();
  }

  absl::Status Filter(sd_journal* journal) const {
    const int r = MatchUnits(journal, options_.units);
    return r < 0 ? JournalFailure(r, "cannot filter the journal") : absl::OkStatus();
  }

  bool IsAtCursor(sd_journal* journal) const {
    return sd_journal_seek_cursor(journal, position_.cursor.c_str()) >= 0 &&
           sd_journal_next(journal) > 0 &&
           sd_journal_test_cursor(journal, position_.cursor.c_str()) > 0;
  }

  // Before the journal is filtered: the entry may be of a name that is not known yet in this run.
  void ForgetVanishedCursor(sd_journal* journal) {
    if (position_.cursor.empty() || IsAtCursor(journal)) return;
    position_.cursor.clear();
    listener_.OnGap("the journal was rotated away past the last line that was read",
                    FromUsec(position_.realtime_usec), clock_.Now());
  }

  int Seek(sd_journal* journal) {
    if (position_.cursor.empty()) {
      return sd_journal_seek_realtime_usec(journal, position_.realtime_usec + (read_any_ ? 1 : 0));
    }
    // The next one is the first that was not read, unless the filter lets the read one pass.
    if (IsAtCursor(journal)) return 0;
    return sd_journal_seek_cursor(journal, position_.cursor.c_str());
  }

  void OnChanged() {
    const int r = sd_journal_process(journal_.get());
    if (r == SD_JOURNAL_NOP) return;
    if (r < 0) {
      turn_ = loop_.After(Span{}, [this] { Open(); });
      return;
    }
    if (turn_ == nullptr) Read();
  }

  void Read() {
    turn_.reset();
    size_t bytes = 0;
    for (int i = 0; i < kEntriesPerTurn && bytes < kJournalBytesPerTurn; ++i) {
      const int r = sd_journal_next(journal_.get());
      if (r == 0) return OnEnd();
      if (r < 0) {  // a damaged or vanished file: begin anew from where we are
        turn_ = loop_.After(kJournalRetry, [this] { Open(); });
        listener_.OnUnavailable(JournalFailure(r, "cannot go on in the journal"));
        return;
      }
      bytes += ReadEntry();
    }
    turn_ = loop_.After(Span{}, [this] { Read(); });
    listener_.OnCaughtUp();
    if (entries_since_end_ >= kMaxBacklogEntries) SkipToNow();
  }

  // It is written faster than it can be read: what is new matters more than what is late.
  void SkipToNow() {
    const WallTime now = clock_.Now();
    listener_.OnGap(
        absl::StrCat("the journal is written faster than it can be read: after ",
                     kMaxBacklogEntries, " entries in a row the rest was not looked at"),
        FromUsec(position_.realtime_usec), now);
    position_ = {.cursor = "", .realtime_usec = static_cast<uint64_t>(now.ns / 1000)};
    cursor_is_old_ = false;
    turn_ = loop_.After(Span{}, [this] { Open(); });
  }

  void OnEnd() {
    entries_since_end_ = 0;
    RememberCursor();  // now: the file that holds the entry may be gone later
    if (entries_read_ >= kEntriesPerOpening) {
      turn_ = loop_.After(Span{}, [this] { Open(); });
    }
    listener_.OnCaughtUp();
  }

  // Returns how long the message was.
  size_t ReadEntry() {
    uint64_t usec = 0;
    if (sd_journal_get_realtime_usec(journal_.get(), &usec) < 0) return 0;
    position_.realtime_usec = usec;
    read_any_ = true;
    cursor_is_old_ = true;
    ++entries_read_;
    ++entries_since_end_;
    if (save_ == nullptr) save_ = loop_.After(kSavePositionEvery, [this] { Save(); });
    LogLine line;
    line.at = FromUsec(usec);
    const std::string_view priority = JournalField(journal_.get(), "PRIORITY");
    if (priority.size() == 1 && priority[0] >= '0' && priority[0] <= '7') {
      line.priority = priority[0] - '0';
    }
    std::string_view message = JournalField(journal_.get(), "MESSAGE");
    const size_t length = message.size();
    for (size_t i = 0; i < kMaxLinesPerMessage && !message.empty(); ++i) {
      const size_t end = std::min(message.find('\n'), message.size());
      line.text = message.substr(0, std::min(end, kMaxLogLine));
      if (!line.text.empty()) {
        listener_.OnLine(line);
        line.priority = -1;  // the message's: a long one is one error, not forty
      }
      message.remove_prefix(std::min(end + 1, message.size()));
    }
    return length;
  }

  // Of the entry that was read last. A cursor is a longish string: not made for every line.
  void RememberCursor() {
    if (!cursor_is_old_ || journal_ == nullptr) return;
    char* cursor = nullptr;
    if (sd_journal_get_cursor(journal_.get(), &cursor) >= 0) {
      position_.cursor = cursor;
      cursor_is_old_ = false;
    }
    free(cursor);
  }

  void Save() {
    save_.reset();
    RememberCursor();
    if (position_.realtime_usec != 0 && !options_.position_file.empty()) {
      listener_.OnSaving();
      // Where it cannot be saved, a restart begins at the end: the log of the agent says nothing
      // useful about it that the spool, in the same directory, does not.
      SavePosition(options_.position_file, FormatJournalPosition(position_)).IgnoreError();
    }
  }

  Loop& loop_;
  const Clock& clock_;
  JournalOptions options_;
  LogListener& listener_;
  JournalHandle journal_;
  JournalPosition position_;
  int entries_read_ = 0;        // since the journal was opened
  int entries_since_end_ = 0;   // read in a row without coming to the end
  bool read_any_ = false;       // in this run: position_.realtime_usec is that of a read entry
  bool cursor_is_old_ = false;  // entries were read since position_.cursor
  std::unique_ptr<LoopSource> watch_;
  std::unique_ptr<LoopSource> turn_;  // a next turn of reading, or of opening
  std::unique_ptr<LoopSource> save_;
};

}  // namespace

std::unique_ptr<JournalSource> MakeJournalSource(Loop& loop, const Clock& clock,
                                                 JournalOptions options, LogListener& listener) {
  return std::make_unique<RealJournalSource>(loop, clock, std::move(options), listener);
}

}  // namespace faultline::host
