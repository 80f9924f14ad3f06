// A log file, followed through rotation and truncation.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/host/fd.h"
#include "agent/host/fnv.h"
#include "agent/host/line_splitter.h"
#include "agent/host/log_source.h"
#include "agent/host/path_watch.h"
#include "agent/host/position_file.h"

namespace faultline::host {
namespace {

constexpr size_t kChunk = 16 * 1024;
constexpr size_t kBytesPerTurn = 64 * 1024;
constexpr size_t kHead = 256;
constexpr int kMaxDirectoryEntries = 1000;
constexpr Span kSaveEvery = Span::Seconds(5);
constexpr Span kRetry = Span::Seconds(30);
constexpr Span kUnwatchedPoll = Span::Seconds(2);
// A writer goes on with the renamed file until it is told to open the new one.
constexpr Span kOldFileKept = Span::Seconds(10);

// Which file: an inode number alone is used again for the next file.
struct FileKey {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t head_length = 0;  // at most kHead
  uint64_t head_hash = kFnvStart;
};

struct SavedPosition {
  FileKey key;
  int64_t offset = 0;
  int64_t wall_ns = 0;  // when it was saved
};

std::optional<SavedPosition> ParseSaved(const std::string& text) {
  SavedPosition saved;
  const std::vector<std::string> words = absl::StrSplit(text, ' ');
  if (words.size() != 7 || words[0] != "file1") return std::nullopt;
  if (!absl::SimpleAtoi(words[1], &saved.key.device) ||
      !absl::SimpleAtoi(words[2], &saved.key.inode) ||
      !absl::SimpleAtoi(words[3], &saved.key.head_length) ||
      !absl::SimpleAtoi(words[4], &saved.key.head_hash) ||
      !absl::SimpleAtoi(words[5], &saved.offset) || !absl::SimpleAtoi(words[6], &saved.wall_ns) ||
      saved.key.head_length > kHead || saved.offset < 0) {
    return std::nullopt;
  }
  return saved;
}

std::string FormatSaved(const SavedPosition& saved) {
  return absl::StrCat("file1 ", saved.key.device, " ", saved.key.inode, " ",
                      saved.key.head_length, " ", saved.key.head_hash, " ", saved.offset, " ",
                      saved.wall_ns);
}

// One open file and how far it was read.
class TailedFile {
 public:
  static absl::StatusOr<std::unique_ptr<TailedFile>> Open(const std::string& path) {
    Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd.valid()) return absl::ErrnoToStatus(errno, path);
    struct stat info {};
    if (fstat(fd.get(), &info) != 0) return absl::ErrnoToStatus(errno, path);
    if (!S_ISREG(info.st_mode)) {
      return absl::InvalidArgumentError(absl::StrCat(path, " is not a regular file"));
    }
    auto file = std::make_unique<TailedFile>();
    file->fd_ = std::move(fd);
    file->key_.device = info.st_dev;
    file->key_.inode = info.st_ino;
    file->RememberHead();
    return file;
  }

  // True when this is the file of which `key` was taken, perhaps grown since.
  bool Is(const FileKey& key) const {
    return key_.device == key.device && key_.inode == key.inode &&
           HeadHash(key.head_length) == key.head_hash;
  }
  bool SameInode(const struct stat& info) const {
    return key_.device == info.st_dev && key_.inode == info.st_ino;
  }
  int64_t size() const {
    struct stat info {};
    return fstat(fd_.get(), &info) == 0 ? int64_t{info.st_size} : 0;
  }
  void Seek(int64_t offset) {
    offset_ = offset;
    splitter_.Reset();
  }

  // Reads at most kBytesPerTurn. True when the end was reached.
  bool ReadTurn(const std::function<void(std::string_view)>& on_line) {
    // Shorter than what was read, or with another beginning: truncated, and perhaps grown again.
    if (size() < offset_ || HeadHash(key_.head_length) != key_.head_hash) {
      Seek(0);
      key_.head_length = 0;
      key_.head_hash = kFnvStart;
      RememberHead();
    }
    std::array<char, kChunk> buffer;
    for (size_t total = 0; total < kBytesPerTurn;) {
      const ssize_t n = pread(fd_.get(), buffer.data(), buffer.size(), offset_);
      if (n <= 0) {
        RememberHead();
        return true;
      }
      offset_ += n;
      total += static_cast<size_t>(n);
      splitter_.Add({buffer.data(), static_cast<size_t>(n)}, on_line);
    }
    return false;
  }

  SavedPosition Position(WallTime now) {
    RememberHead();
    return {key_, offset_ - static_cast<int64_t>(splitter_.pending()), now.ns};
  }

 private:
  uint64_t HeadHash(uint64_t length) const {
    std::array<char, kHead> head;
    const ssize_t n = pread(fd_.get(), head.data(), std::min<size_t>(length, kHead), 0);
    return n < static_cast<ssize_t>(length) ? 0 : Fnv1a({head.data(), static_cast<size_t>(n)});
  }

  void RememberHead() {
    if (key_.head_length == kHead) return;
    key_.head_length = static_cast<uint64_t>(std::min<int64_t>(size(), kHead));
    key_.head_hash = HeadHash(key_.head_length);
  }

  Fd fd_;
  FileKey key_;
  int64_t offset_ = 0;
  LineSplitter splitter_{kMaxLogLine};
};

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
    if (!saved.has_value()) return;
    if (file_ != nullptr && file_->Is(saved->key)) {
      file_->Seek(saved->offset);
    } else if ((old_ = FindRotated(saved->key)) != nullptr) {
      old_->Seek(saved->offset);
      KeepOldForAWhile();
    } else {
      listener_.OnGap(absl::StrCat(path_, " was rotated away past the last line that was read"),
                      WallTime{saved->wall_ns}, clock_.Now());
    }
  }

  // The renamed file lies beside the new one, usually.
  std::unique_ptr<TailedFile> FindRotated(const FileKey& key) const {
    std::error_code error;
    std::filesystem::directory_iterator entry(std::filesystem::path(path_).parent_path(), error);
    for (int i = 0; !error && entry != std::filesystem::directory_iterator() &&
                    i < kMaxDirectoryEntries;
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
    const bool old_done = old_ == nullptr || old_->ReadTurn(on_line);
    // The new file's lines come after those of the old one.
    bool done = old_done;
    if (old_done) {
      done = file_ == nullptr || file_->ReadTurn(on_line);
      if (done) done = !FollowRotation();
    }
    if (save_ == nullptr && file_ != nullptr) {
      save_ = loop_.After(kSaveEvery, [this] { Save(); });
    }
    if (!done) {
      turn_ = loop_.After(Span{}, [this] { Read(); });
    } else if (file_ == nullptr && old_ == nullptr) {
      retry_ = loop_.After(kRetry, [this] { Read(); });
      return;  // told as unavailable
    } else if (watch_ == nullptr || !watch_->complete()) {
      retry_ = loop_.After(kUnwatchedPoll, [this] { Read(); });
    }
    listener_.OnCaughtUp();
  }

  // True when the path leads to another file now, which is open and to be read.
  bool FollowRotation() {
    struct stat info {};
    if (file_ != nullptr && (stat(path_.c_str(), &info) != 0 || file_->SameInode(info))) {
      return false;
    }
    auto opened = TailedFile::Open(path_);
    if (!opened.ok()) {
      if (file_ == nullptr && old_ == nullptr) listener_.OnUnavailable(Explain(opened.status()));
      return false;
    }
    if (file_ != nullptr) {
      old_ = std::move(file_);
      KeepOldForAWhile();
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
      if (clock_.Mono() < old_until_) return;
      old_.reset();
      old_timer_.reset();
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
    return status;
  }

  void Save() {
    save_.reset();
    if (file_ == nullptr || position_file_.empty()) return;
    SavedPosition position = file_->Position(WallTime{});
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
                                          const std::string& position_file,
                                          LogListener& listener) {
  return std::make_unique<FileSource>(loop, clock, path, position_file, listener);
}

}  // namespace faultline::host
