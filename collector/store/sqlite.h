// The one place that calls SQLite: a connection with cached statements, and one statement.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"

struct sqlite3;
struct sqlite3_stmt;

namespace faultline::store {

// A prepared statement, borrowed from its connection's cache and given back reset. Parameters are
// bound and columns read in their order. The first error sticks and comes out of Step and Run, so
// that callers check once.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Binds the next parameters: texts, integers, bools, enums (as their numbers), times and spans
  // (as nanoseconds). Unsigned 64-bit numbers keep their bits.
  template <typename... Values>
  Statement& Bind(const Values&... values) {
    (BindOne(values), ...);
    return *this;
  }

  // True: a row is there. False: the end. After the end the statement may be bound again.
  absl::StatusOr<bool> Step();
  // Runs a statement whose rows do not matter.
  absl::Status Run();

  // The next column of the row.
  template <typename T>
  T Get() {
    T value{};
    Read(value);
    return value;
  }
  template <typename T>
  void Read(T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      value = ReadText();
    } else if constexpr (IsTime<T>()) {
      value.ns = ReadInt();
    } else {
      value = static_cast<T>(ReadInt());
    }
  }

 private:
  friend class Connection;
  struct Cached {
    sqlite3_stmt* handle = nullptr;
    bool in_use = false;
  };
  Statement(sqlite3* db, Cached* cached, absl::Status status);

  template <typename T>
  static constexpr bool IsTime() {
    return std::is_same_v<T, WallTime> || std::is_same_v<T, MonoTime> || std::is_same_v<T, Span>;
  }
  template <typename T>
  void BindOne(const T& value) {
    if constexpr (std::is_convertible_v<T, std::string_view>) {
      BindText(value);
    } else if constexpr (IsTime<T>()) {
      BindInt(value.ns);
    } else {
      BindInt(static_cast<int64_t>(value));
    }
  }
  void BindText(std::string_view text);
  void BindInt(int64_t value);
  std::string ReadText();
  int64_t ReadInt();
  void Note(int code);

  sqlite3* db_;
  Cached* cached_;  // null after an error in preparing
  absl::Status status_;
  int next_parameter_ = 1;
  int next_column_ = 0;
};

enum class Access {
  kWriter,   // WAL, synchronous FULL; the only connection that writes or checkpoints
  kReader,   // query_only
  kInPlace,  // a database of its own that writes within the room it has: see rescue.h
};

// One thread at a time.
class Connection {
 public:
  // The file must exist. Errors name it.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& path, Access access);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One or more statements without parameters.
  absl::Status Execute(const std::string& sql);
  // At most one Statement of the same text may be alive.
  Statement Prepare(const std::string& sql);
  // First column of the first row; NotFound when there is none.
  absl::StatusOr<int64_t> QueryInt(const std::string& sql);

  // Looks through the database, for at most `budget`: DataLoss when it is damaged. What was not
  // looked at by then counts as well.
  absl::Status QuickCheck(Span budget);

  // Rows changed by the last statement.
  int64_t changes() const;
  // Frames in the write-ahead log that no checkpoint has copied yet. Writer only.
  int uncopied_frames() const { return frames_ - copied_frames_; }
  // Copies what no reader needs any more into the database file; waits for nobody.
  absl::Status Checkpoint();

 private:
  explicit Connection(sqlite3* db) : db_(db) {}
  absl::Status Configure(Access access);
  absl::Status ErrorOf(int code, const std::string& sql) const;

  sqlite3* db_;
  std::unordered_map<std::string, std::unique_ptr<Statement::Cached>> statements_;
  int frames_ = 0;
  int copied_frames_ = 0;
};

}  // namespace faultline::store
