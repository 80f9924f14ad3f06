// A log file, followed through rotation and truncation.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/host/log_source.h"
#include "agent/host/path_watch.h"
#include "agent/host/position_file.h"
#include "agent/host/tailed_file.h"

namespace faultline::host {
namespace {

constexpr int kMaxDirectoryEntries = 1000;
constexpr Span kFileRetry = Span::Seconds(30);
constexpr Span kUnwatchedPoll = Span::Seconds(2);
// A writer goes on with the renamed file until it is told to open the new one.
constexpr Span kOldFileKept = Span::Seconds(10);
// What was written while nobody read: an agent that comes back must see today first.
constexpr int64_t kMaxBacklogBytes = int64_t{64} << 20;

class FileSource : public LogSource {
 public:
  FileSource(Loop& loop, const Clock& clock, std::string path, std::string position_file,
             LogListener& listener)
      : loop_(loop),
        clock_(clock),
        path_(std::move(path)),
        position_file_(std::move(position_file)),
        listener_(listener) {}

  ~FileSource() override { Save(); }

  void Start() override {
    turn_ = loop_.After(Span{}, [this] {
      Watch();
      OpenFirst();
      Read();
    });
  }

 private:
  void Watch() {
    auto watch = WatchPath(loop_, path_, PathEvents::kReplacedOrGrown, [this] {
      if (turn_ == nullptr) Read();
    });
    if (watch.ok()) watch_ = *std::move(watch);
  }

  // Goes on where the last run stopped; a first run begins at the end.
  void OpenFirst() {
    std::optional<SavedPosition> saved;
    if (const auto text = LoadPosition(position_file_); text.has_value()) {
      saved = ParseSaved(*text);
    }
    auto opened = TailedFile::Open(path_);
    if (opened.ok() && !saved.has_value()) (*opened)->Seek((*opened)->size());
    // What lies in a file that we may read only later is history too.
    begin_at_end_ = !saved.has_value() && !opened.ok() && !absl::IsNotFound(opened.status());
    if (opened.ok()) file_ = *std::move(opened);
    if (!saved.has_value()) return Save();
    if (file_ != nullptr && file_->Is(saved->key)) {
      GoOn(*file_, *saved);
    } else if ((old_ = FindRotated(saved->key)) != nullptr) {
      GoOn(*old_, *saved);
      KeepOldForAWhile();
    } else {
      listener_.OnGap(absl::StrCat(path_, " was rotated away past the last line that was read"),
                      WallTime{saved->wall_ns}, clock_.Now());
    }
  }

  void GoOn(TailedFile& file, const SavedPosition& saved) {
    const int64_t begin = file.size() - kMaxBacklogBytes;
    file.Seek(std::max(saved.offset, begin));
    if (saved.offset >= begin) return;
    listener_.OnGap(absl::StrCat(path_, " grew by more than 64 MiB while nobody read it"),
                    WallTime{saved.wall_ns}, clock_.Now());
  }

  // The renamed file lies beside the new one, usually.
  std::unique_ptr<TailedFile> FindRotated(const FileKey& key) const {
    std::error_code error;
    std::filesystem::directory_iterator entry(std::filesystem::path(path_).parent_path(), error);
    for (int i = 0;
         !error && entry != std::filesystem::directory_iterator() && i < kMaxDirectoryEntries;
         ++i, entry.increment(error)) {
      struct stat info {};
      if (lstat(entry->path().c_str(), &info) != 0 || info.st_ino != key.inode ||
          !S_ISREG(info.st_mode)) {
        continue;
      }
      auto opened = TailedFile::Open(entry->path());
      if (opened.ok() && (*opened)->Is(key)) return *std::move(opened);
    }
    return nullptr;
  }

  void Read() {
    turn_.reset();
    const auto on_line = [this](std::string_view text) {
      if (!text.empty()) listener_.OnLine({.text = text, .at = clock_.Now()});
    };
    if (file_ != nullptr) SkipWhatIsTooMuch(*file_);
    const bool old_done = old_ == nullptr || old_->ReadTurn(on_line);
    // The new file's lines come after those of the old one.
    bool done = old_done;
    if (old_done) {
      done = file_ == nullptr || file_->ReadTurn(on_line);
      if (done) done = !FollowRotation();
    }
    old_done_ = old_done;
    if (save_ == nullptr) save_ = loop_.After(kSavePositionEvery, [this] { Save(); });
    if (!done) {
      turn_ = loop_.After(Span{}, [this] { Read(); });
    } else if (file_ == nullptr && old_ == nullptr) {
      retry_ = loop_.After(kFileRetry, [this] { Read(); });
      return;  // told as unavailable
    } else if (watch_ == nullptr || !watch_->complete()) {
      retry_ = loop_.After(kUnwatchedPoll, [this] { Read(); });
    }
    listener_.OnCaughtUp();
  }

  // It is written faster than it can be read: what is new matters more than what is late.
  void SkipWhatIsTooMuch(TailedFile& file) {
    const int64_t behind = file.size() - file.offset();
    if (behind <= kMaxBacklogBytes) return;
    file.Seek(file.size() - kMaxBacklogBytes / 2);
    listener_.OnGap(absl::StrCat(path_, " is written faster than it can be read: ",
                                 (behind - kMaxBacklogBytes / 2) >> 20, " MiB were not looked at"),
                    clock_.Now(), clock_.Now());
  }

  // True when the path leads to another file now, which is open and to be read.
  bool FollowRotation() {
    struct stat info {};
    const bool there = stat(path_.c_str(), &info) == 0;
    if (there && file_ != nullptr && file_->SameInode(info)) return false;
    if (there && old_ != nullptr && old_->SameInode(info)) {  // it was put back
      file_ = std::move(old_);
      old_timer_.reset();
      return false;
    }
    auto opened = TailedFile::Open(path_);
    if (file_ != nullptr) {
      old_ = std::move(file_);
      KeepOldForAWhile();
    }
    if (!opened.ok()) {
      // A rotation makes the new file, and lets us read it, a moment after the renaming.
      if (old_ == nullptr) listener_.OnUnavailable(Explain(opened.status()));
      return false;
    }
    file_ = *std::move(opened);
    if (begin_at_end_) file_->Seek(file_->size());
    begin_at_end_ = false;
    return true;
  }

  void KeepOldForAWhile() {
    old_until_ = clock_.Mono() + kOldFileKept;
    old_timer_ = loop_.Every(Span::Seconds(1), Span::Seconds(1), [this] {
      if (turn_ == nullptr) Read();
      if (clock_.Mono() < old_until_ || turn_ != nullptr) return;
      old_.reset();
      old_timer_.reset();
      if (file_ == nullptr) Read();
    });
  }

  absl::Status Explain(const absl::Status& status) const {
    if (absl::IsNotFound(status)) {
      return absl::NotFoundError(
          absl::StrCat(path_, " does not exist; it is watched for and read once it does"));
    }
    if (absl::IsPermissionDenied(status)) {
      return absl::PermissionDeniedError(absl::StrCat(
          "may not read ", path_, "; add the agent's user to the file's group (adm for /var/log)"));
    }
    return absl::Status(status.code(),
                        absl::StrCat("cannot follow the log: ", std::string(status.message())));
  }

  void Save() {
    save_.reset();
    TailedFile* const read =
        file_ == nullptr || (old_ != nullptr && !old_done_) ? old_.get() : file_.get();
    if (read == nullptr || position_file_.empty()) return;
    listener_.OnSaving();
    SavedPosition position = read->Position(WallTime{});
    const std::string place = FormatSaved(position);
    if (place == saved_) return;
    saved_ = place;
    position.wall_ns = clock_.Now().ns;
    // A directory that cannot be written is told by the spool, which lives there too.
    SavePosition(position_file_, FormatSaved(position)).IgnoreError();
  }

  Loop& loop_;
  const Clock& clock_;
  const std::string path_;
  const std::string position_file_;
  LogListener& listener_;
  std::unique_ptr<PathWatch> watch_;
  std::unique_ptr<TailedFile> file_;
  std::unique_ptr<TailedFile> old_;  // rotated away, still written perhaps
  bool old_done_ = true;             // read to its end
  MonoTime old_until_;
  bool begin_at_end_ = false;
  std::string saved_;  // what the position file holds, without its time
  std::unique_ptr<LoopSource> turn_;
  std::unique_ptr<LoopSource> retry_;
  std::unique_ptr<LoopSource> old_timer_;
  std::unique_ptr<LoopSource> save_;
};

}  // namespace

std::unique_ptr<LogSource> MakeFileSource(Loop& loop, const Clock& clock, const std::string& path,
                                          const std::string& position_file, LogListener& listener) {
  return std::make_unique<FileSource>(loop, clock, path, position_file, listener);
}

}  // namespace faultline::host
