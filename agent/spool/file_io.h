// The few file operations of the spool. Errors name the file and what the system said.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace faultline::spool {

// Owns a file descriptor; -1 = none.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  ~FileDescriptor() { Reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void Reset();

 private:
  int fd_;
};

// "cannot ACTION PATH: No space left on device (...)" with a code that fits: NotFound,
// PermissionDenied, ResourceExhausted (no space), FailedPrecondition (read-only), else Unavailable.
absl::Status FileError(std::string_view action, const std::string& path, int error);

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes);

// Writes all of `bytes` at the file's position.
absl::Status WriteAll(int fd, std::string_view bytes, const std::string& path);

// fdatasync, fsync of a directory.
absl::Status SyncFile(int fd, const std::string& path);
absl::Status SyncDirectory(const std::string& directory);

// Temp file, fsync, rename, fsync of the directory: afterwards `path` holds `bytes`, also after a
// power loss; before, whatever it held. Mode 0600.
absl::Status ReplaceFile(const std::string& path, std::string_view bytes);

// Renames `path` to a free name "PATH.bad", "PATH.2.bad", ...; returns that name.
absl::StatusOr<std::string> SetAside(const std::string& path);

// Plain names of the entries of `directory`.
absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& directory);

}  // namespace faultline::spool
