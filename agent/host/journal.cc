// systemd's journal. The one file that speaks sd-journal.
#include <sys/epoll.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/host/log_source.h"
#include "agent/host/position_file.h"

namespace faultline::host {
namespace {

constexpr int kLinesPerTurn = 200;
constexpr size_t kMaxLinesPerMessage = 64;
constexpr size_t kMaxCursor = 1024;
constexpr Span kSaveEvery = Span::Seconds(5);
constexpr Span kRetry = Span::Seconds(30);

struct JournalCloser {
  void operator()(sd_journal* journal) const { sd_journal_close(journal); }
};
using JournalHandle = std::unique_ptr<sd_journal, JournalCloser>;

// Where to go on: after this entry, or at this time where the entry is unknown or gone.
struct Position {
  std::string cursor;
  uint64_t realtime_usec = 0;
};

std::optional<Position> ParsePosition(const std::string& text) {
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  Position position;
  if (lines.size() < 3 || lines[0] != "journal 1" || lines[1].size() > kMaxCursor ||
      !absl::SimpleAtoi(lines[2], &position.realtime_usec)) {
    return std::nullopt;
  }
  position.cursor = lines[1];
  return position;
}

std::string FormatPosition(const Position& position) {
  return absl::StrCat("journal 1\n", position.cursor, "\n", position.realtime_usec, "\n");
}

WallTime FromUsec(uint64_t usec) { return {static_cast<int64_t>(usec) * 1000}; }

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
  if (denied && !readable) {
    return absl::PermissionDeniedError(
        "may not read the system's journal; add the agent's user to the group systemd-journal");
  }
  if (sd_journal_has_runtime_files(journal) > 0 || sd_journal_has_persistent_files(journal) > 0) {
    return absl::OkStatus();
  }
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
      if (const auto position = ParsePosition(*saved); position.has_value()) {
        position_ = *position;
      }
    }
    // A first start reads no history.
    if (position_.realtime_usec == 0) {
      position_.realtime_usec = static_cast<uint64_t>(clock_.Now().ns / 1000);
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
    if (r < 0) return absl::ErrnoToStatus(-r, "cannot open the journal");
    journal_.reset(raw);
    // Watch first: what is written from now on is told.
    const int fd = sd_journal_get_fd(raw);
    if (fd < 0) return absl::ErrnoToStatus(-fd, "cannot watch the journal");
    if (absl::Status readable = CheckReadable(raw, options_.directory); !readable.ok()) {
      return readable;
    }
    sd_journal_set_data_threshold(raw, kMaxLogLine * kMaxLinesPerMessage);
    for (const std::string& unit : options_.units) {  // the same field again means "or"
      const std::string match = absl::StrCat("_SYSTEMD_UNIT=", unit);
      if (const int added = sd_journal_add_match(raw, match.data(), match.size()); added < 0) {
        return absl::ErrnoToStatus(-added, "cannot filter the journal");
      }
    }
    if (const int sought = Seek(raw); sought < 0) {
      return absl::ErrnoToStatus(-sought, "cannot find the place in the journal");
    }
    auto watch = loop_.WatchFd(fd, static_cast<uint32_t>(sd_journal_get_events(raw)),
                               [this](uint32_t) { OnChanged(); });
    if (!watch.ok()) return watch.status();
    watch_ = *std::move(watch);
    return absl::OkStatus();
  }

  int Seek(sd_journal* journal) {
    if (!position_.cursor.empty()) {
      if (sd_journal_seek_cursor(journal, position_.cursor.c_str()) >= 0 &&
          sd_journal_next(journal) > 0 &&
          sd_journal_test_cursor(journal, position_.cursor.c_str()) > 0) {
        return 0;
      }
      position_.cursor.clear();
      listener_.OnGap("the journal was rotated away past the last line that was read",
                      FromUsec(position_.realtime_usec), clock_.Now());
    }
    return sd_journal_seek_realtime_usec(journal, position_.realtime_usec + (read_any_ ? 1 : 0));
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
    for (int i = 0; i < kLinesPerTurn; ++i) {
      const int r = sd_journal_next(journal_.get());
      if (r == 0) {
        RememberCursor();  // now: the file that holds the entry may be gone later
        listener_.OnCaughtUp();
        return;
      }
      if (r < 0) {  // a damaged or vanished file: begin anew from where we are
        turn_ = loop_.After(kRetry, [this] { Open(); });
        listener_.OnUnavailable(absl::ErrnoToStatus(-r, "cannot go on in the journal"));
        return;
      }
      ReadEntry();
    }
    turn_ = loop_.After(Span{}, [this] { Read(); });
    listener_.OnCaughtUp();
  }

  void ReadEntry() {
    uint64_t usec = 0;
    if (sd_journal_get_realtime_usec(journal_.get(), &usec) < 0) return;
    position_.realtime_usec = usec;
    read_any_ = true;
    cursor_is_old_ = true;
    if (save_ == nullptr) save_ = loop_.After(kSaveEvery, [this] { Save(); });
    LogLine line;
    line.at = FromUsec(usec);
    const std::string_view priority = Field("PRIORITY");
    if (priority.size() == 1 && priority[0] >= '0' && priority[0] <= '7') {
      line.priority = priority[0] - '0';
    }
    std::string_view message = Field("MESSAGE");
    for (size_t i = 0; i < kMaxLinesPerMessage && !message.empty(); ++i) {
      const size_t end = std::min(message.find('\n'), message.size());
      line.text = message.substr(0, std::min(end, kMaxLogLine));
      if (!line.text.empty()) listener_.OnLine(line);
      message.remove_prefix(std::min(end + 1, message.size()));
    }
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
    if (!position_.cursor.empty() && !options_.position_file.empty()) {
      // Where it cannot be saved, a restart begins at the end: the log of the agent says nothing
      // useful about it that the spool, in the same directory, does not.
      SavePosition(options_.position_file, FormatPosition(position_)).IgnoreError();
    }
  }

  Loop& loop_;
  const Clock& clock_;
  JournalOptions options_;
  LogListener& listener_;
  JournalHandle journal_;
  Position position_;
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
