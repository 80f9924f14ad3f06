// The spool's seam to the disk. Everything that it does to files goes through a Disk, so that tests
// can lose power between two operations, fail any of them and fill the disk up.
//
// Errors name the file and what the system said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace faultline::spool {

// A file open for writing. Not thread-safe.
class File {
 public:
  virtual ~File() = default;  // closes

  // Writes all of `bytes` at the end. On an error some of them may be there.
  virtual absl::Status Append(std::string_view bytes) = 0;
  // Writes `bytes` over the beginning of the file. Within a sector this is one step: after a power
  // loss the sector is the old or the new.
  virtual absl::Status Overwrite(std::string_view bytes) = 0;
  virtual absl::Status Truncate(uint64_t size) = 0;
  virtual absl::StatusOr<uint64_t> Size() = 0;
  // What was written is on the medium on return (fdatasync). After an error nobody knows what is:
  // the kernel forgets the pages that it could not write, and a second call may say OK.
  virtual absl::Status Sync() = 0;
};

// Held while it lives.
class DirectoryLock {
 public:
  virtual ~DirectoryLock() = default;
};

// Thread-safe.
class Disk {
 public:
  virtual ~Disk() = default;

  enum class Mode {
    kCreate,    // made with mode 0600, emptied when it is there
    kContinue,  // must be there
    kKeep,      // made when it is not there, kept as it is when it is
  };
  virtual absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, Mode mode) = 0;

  // The whole file; OutOfRange above `max_bytes`. Never waits (a FIFO reads as empty).
  virtual absl::StatusOr<std::string> Read(const std::string& path, size_t max_bytes) = 0;
  virtual bool Exists(const std::string& path) = 0;
  virtual absl::StatusOr<uint64_t> SizeOf(const std::string& path) = 0;
  // Plain names of the entries of `directory`, unsorted.
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& directory) = 0;

  // `to` is replaced. Durable after SyncDirectory, as are Remove and what Open makes.
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  virtual absl::Status Remove(const std::string& path) = 0;
  virtual absl::Status SyncDirectory(const std::string& directory) = 0;
  // With mode 0700; OK when it is there. The parent must be there.
  virtual absl::Status MakeDirectory(const std::string& directory) = 0;

  // Keeps other processes out. FailedPrecondition when one is in; AlreadyExists is never returned.
  virtual absl::StatusOr<std::unique_ptr<DirectoryLock>> Lock(const std::string& path) = 0;
};

// The real one.
std::unique_ptr<Disk> MakeDisk();

// "cannot ACTION PATH: No space left on device (...)" with a code that fits: NotFound,
// PermissionDenied, ResourceExhausted (no space, file too large), FailedPrecondition (read-only),
// DataLoss (the medium fails), else Unavailable.
absl::Status FileError(std::string_view action, const std::string& path, int error);

// True for a disk that takes nothing at the moment (full, read-only, failing), as against a
// directory that is wrong for good.
bool IsDiskTrouble(const absl::Status& status);

// "/a" of "/a/b", "." where there is none.
std::string ParentOf(const std::string& path);

// Makes the directory and what it lies in; durable on return.
absl::Status MakeDirectories(Disk& disk, const std::string& directory);

// Temp file, fsync, rename, fsync of the directory: afterwards `path` holds `bytes`, also after a
// power loss; before, whatever it held.
absl::Status ReplaceFile(Disk& disk, const std::string& path, std::string_view bytes);

// The same; on a full disk it overwrites in place, which needs no space, when `path` is there and
// has the size of `bytes` (at most a sector).
absl::Status ReplaceSmallFile(Disk& disk, const std::string& path, std::string_view bytes);

}  // namespace faultline::spool
