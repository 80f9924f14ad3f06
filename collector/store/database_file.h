// The database's place in the file system: made private before SQLite opens it, and ours alone.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace faultline::store {

// InvalidArgument, for people, where `found` (PRAGMA user_version) is above what this program
// knows: only a person can mend that. Begins with `what`, ends with `fix`.
absl::Status CheckSchema(int64_t found, int known, const std::string& what, const std::string& fix);

// PRAGMA user_version as the file itself has it, without opening it as a database, which would make
// files beside it. 0 where there is none.
int64_t SchemaOfFile(const std::string& path);

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
