// The database's place in the file system: made private before SQLite opens it, and ours alone.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace faultline::store {

// Holds the lock on PATH.lock for its lifetime; the kernel gives it back when the process ends in
// any way.
class DatabaseFile {
 public:
  // What Claim would say of `path` before it has made anything: a directory or another thing that
  // is no file, a place where nothing can be made, a file that may not be written.
  static absl::Status Examine(const std::string& path, const std::string& field = "store.path");

  // Makes missing directories (0700) and the file (0600; an existing one is narrowed to that).
  // Errors name the path and the fix, `field` being the configuration's field that says where it
  // is; Unavailable when another process holds the database.
  static absl::StatusOr<DatabaseFile> Claim(const std::string& path,
                                            const std::string& field = "store.path");
  DatabaseFile(DatabaseFile&& other) noexcept;
  DatabaseFile& operator=(DatabaseFile&&) = delete;
  ~DatabaseFile();

 private:
  explicit DatabaseFile(int lock_fd) : lock_fd_(lock_fd) {}
  int lock_fd_;
};

}  // namespace faultline::store
