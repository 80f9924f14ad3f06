#include "agent/host/tailed_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace faultline::host {
namespace {

constexpr size_t kChunk = 16 * 1024;
constexpr size_t kFileBytesPerTurn = 64 * 1024;
constexpr size_t kHead = 256;

}  // namespace

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
  return absl::StrCat("file1 ", saved.key.device, " ", saved.key.inode, " ", saved.key.head_length,
                      " ", saved.key.head_hash, " ", saved.offset, " ", saved.wall_ns);
}

absl::StatusOr<std::unique_ptr<TailedFile>> TailedFile::Open(const std::string& path) {
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

bool TailedFile::Is(const FileKey& key) const {
  return key_.device == key.device && key_.inode == key.inode &&
         HeadHash(key.head_length) == key.head_hash;
}

bool TailedFile::SameInode(const struct stat& info) const {
  return key_.device == info.st_dev && key_.inode == info.st_ino;
}

int64_t TailedFile::size() const {
  struct stat info {};
  return fstat(fd_.get(), &info) == 0 ? int64_t{info.st_size} : 0;
}

void TailedFile::Seek(int64_t offset) {
  offset_ = offset;
  splitter_.Reset();
}

bool TailedFile::ReadTurn(const std::function<void(std::string_view)>& on_line) {
  // Shorter than what was read, or with another beginning: truncated, and perhaps grown again.
  if (size() < offset_ || HeadHash(key_.head_length) != key_.head_hash) {
    Seek(0);
    key_.head_length = 0;
    key_.head_hash = kFnvStart;
    RememberHead();
  }
  std::array<char, kChunk> buffer;
  for (size_t total = 0; total < kFileBytesPerTurn;) {
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

SavedPosition TailedFile::Position(WallTime now) {
  RememberHead();
  return {key_, offset_ - static_cast<int64_t>(splitter_.pending()), now.ns};
}

uint64_t TailedFile::HeadHash(uint64_t length) const {
  std::array<char, kHead> head;
  const ssize_t n = pread(fd_.get(), head.data(), std::min<size_t>(length, kHead), 0);
  return n < static_cast<ssize_t>(length) ? 0 : Fnv1a({head.data(), static_cast<size_t>(n)});
}

void TailedFile::RememberHead() {
  if (key_.head_length == kHead) return;
  // Another beginning: truncated since. The next turn finds that out by the old one.
  if (HeadHash(key_.head_length) != key_.head_hash) return;
  key_.head_length = static_cast<uint64_t>(std::min<int64_t>(size(), kHead));
  key_.head_hash = HeadHash(key_.head_length);
}

}  // namespace faultline::host
