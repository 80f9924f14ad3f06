// systemd's journal. The one file that speaks sd-journal.
#include <sys/epoll.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/host/journal_position.h"
#include "agent/host/log_source.h"
#include "agent/host/position_file.h"

namespace faultline::host {
namespace {

// What is read before others run.
constexpr int kEntriesPerTurn = 200;
constexpr size_t kBytesPerTurn = 64 * 1024;
// Of one message; what is longer is cut by the library.
constexpr size_t kMaxMessage = 64 * 1024;
constexpr size_t kMaxLinesPerMessage = 64;
// The library keeps the journal mapped as far as it has read: memory that grows with a busy log.
constexpr int kEntriesPerOpening = 100'000;
constexpr Span kSaveEvery = Span::Seconds(5);
constexpr Span kRetry = Span::Seconds(30);

constexpr char kNoRight[] =
    "may not read the system's journal; add the agent's user to the group systemd-journal";

struct JournalCloser {
  void operator()(sd_journal* journal) const { sd_journal_close(journal); }
};
using JournalHandle = std::unique_ptr<sd_journal, JournalCloser>;

WallTime FromUsec(uint64_t usec) { return {static_cast<int64_t>(usec) * 1000}; }

absl::Status Failure(int error, const std::string& what) {
  if (error == -EACCES || error == -EPERM) return absl::PermissionDeniedError(kNoRight);
  return absl::ErrnoToStatus(-error,
                             absl::StrCat(what, "; journalctl --verify shows a damaged journal"));
}

// The journal leaves out, without a word, files that it may not read.
absl::Status CheckReadable(sd_journal* journal, const std::string& directory) {
  bool readable = false;
  bool denied = false;
  sd_id128_t machine{};
  if (directory.empty() && sd_id128_get_machine(&machine) == 0) {
    char id[SD_ID128_STRING_MAX];
    sd_id128_to_string(machine, id);
    for (const char* root : {"/var/log/journal/", "/run/log/journal/"}) {
      if (access(absl::StrCat(root, id, "/system.journal").c_str(), R_OK) == 0) {
        readable = true;
      } else {
        denied = denied || errno == EACCES || errno == EPERM;
      }
    }
  }
  if (denied && !readable) return absl::PermissionDeniedError(kNoRight);
  uint64_t bytes = 0;  // has_runtime_files and has_persistent_files know only the system's places
  if (sd_journal_get_usage(journal, &bytes) >= 0 && bytes > 0) return absl::OkStatus();
  return absl::NotFoundError(
      "this host has no journal; is systemd-journald running? A log file can be watched by its "
      "path instead");
}

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
      save_ = loop_.After(kSaveEvery, [this] { Save(); });
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
      turn_ = loop_.After(kRetry, [this] { Open(); });
      listener_.OnUnavailable(opened);
      return;
    }
    Read();
  }

  absl::Status TryOpen() {
    sd_journal* raw = nullptr;
    const int r = options_.directory.empty()
                      ? sd_journal_open(&raw, SD_JOURNAL_LOCAL_ONLY)
                      : sd_journal_open_directory(&raw, options_.directory.c_str(), 0);
    if (r < 0) return Failure(r, "cannot open the journal");
    journal_.reset(raw);
    entries_read_ = 0;
    // Watch first: what is written from now on is told.
    const int fd = sd_journal_get_fd(raw);
    if (fd < 0) return Failure(fd, "cannot watch the journal");
    if (absl::Status readable = CheckReadable(raw, options_.directory); !readable.ok()) {
      return readable;
    }
    sd_journal_set_data_threshold(raw, kMaxMessage);
    ForgetVanishedCursor(raw);
    for (const std::string& unit : options_.units) {  // the same field again means "or"
      const std::string match = absl::StrCat("_SYSTEMD_UNIT=", unit);
      if (const int added = sd_journal_add_match(raw, match.data(), match.size()); added < 0) {
        return Failure(added, "cannot filter the journal");
      }
    }
    if (const int sought = Seek(raw); sought < 0) {
      return Failure(sought, "cannot find the place in the journal");
    }
    auto watch = loop_.WatchFd(fd, static_cast<uint32_t>(sd_journal_get_events(raw)),
                               [this](uint32_t) { OnChanged(); });
    if (!watch.ok()) return watch.status();
    watch_ = *std::move(watch);
    return absl::OkStatus();
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
    for (int i = 0; i < kEntriesPerTurn && bytes < kBytesPerTurn; ++i) {
      const int r = sd_journal_next(journal_.get());
      if (r == 0) return OnEnd();
      if (r < 0) {  // a damaged or vanished file: begin anew from where we are
        turn_ = loop_.After(kRetry, [this] { Open(); });
        listener_.OnUnavailable(Failure(r, "cannot go on in the journal"));
        return;
      }
      bytes += ReadEntry();
    }
    turn_ = loop_.After(Span{}, [this] { Read(); });
    listener_.OnCaughtUp();
  }

  void OnEnd() {
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
    if (save_ == nullptr) save_ = loop_.After(kSaveEvery, [this] { Save(); });
    LogLine line;
    line.at = FromUsec(usec);
    const std::string_view priority = Field("PRIORITY");
    if (priority.size() == 1 && priority[0] >= '0' && priority[0] <= '7') {
      line.priority = priority[0] - '0';
    }
    std::string_view message = Field("MESSAGE");
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

  // The value of a field of the current entry; valid until the next call.
  std::string_view Field(const char* name) {
    const void* data = nullptr;
    size_t length = 0;
    if (sd_journal_get_data(journal_.get(), name, &data, &length) < 0) return {};
    const size_t prefix = std::strlen(name) + 1;
    if (length < prefix) return {};
    return {static_cast<const char*>(data) + prefix, length - prefix};
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
