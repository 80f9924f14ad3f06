// One open log file and how far it was read.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "agent/host/fd.h"
#include "agent/host/fnv.h"
#include "agent/host/line_splitter.h"
#include "agent/host/log_source.h"

namespace faultline::host {

// Which file: an inode number alone is used again for the next file.
struct FileKey {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t head_length = 0;  // at most 256
  uint64_t head_hash = kFnvStart;
};

struct SavedPosition {
  FileKey key;
  int64_t offset = 0;
  int64_t wall_ns = 0;  // when it was saved
};

// The form of a position file; nullopt for anything else.
std::optional<SavedPosition> ParseSaved(const std::string& text);
std::string FormatSaved(const SavedPosition& saved);

class TailedFile {
 public:
  // Regular files only.
  static absl::StatusOr<std::unique_ptr<TailedFile>> Open(const std::string& path);

  // True when this is the file of which `key` was taken, perhaps grown since.
  bool Is(const FileKey& key) const;
  bool SameInode(const struct stat& info) const;
  int64_t size() const;
  int64_t offset() const { return offset_; }
  void Seek(int64_t offset);

  // Reads at most 64 KiB. True when the end was reached. A file that was truncated is read from its
  // beginning.
  bool ReadTurn(const std::function<void(std::string_view)>& on_line);

  SavedPosition Position(WallTime now);

 private:
  uint64_t HeadHash(uint64_t length) const;
  void RememberHead();

  Fd fd_;
  FileKey key_;
  int64_t offset_ = 0;
  LineSplitter splitter_{kMaxLogLine};
};

}  // namespace faultline::host
