#include "collector/store/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace faultline::store {
namespace {

// What a failure of SQLite means for the one who runs the collector.
absl::Status ToStatus(sqlite3* db, int code, const std::string& what) {
  // SQLite keeps it for some failures only; callers cleared it before.
  const int error = sqlite3_system_errno(db) != 0 ? sqlite3_system_errno(db) : errno;
  const char* file = sqlite3_db_filename(db, "main");
  std::string text =
      absl::StrCat(file == nullptr ? "the store" : file, ": ", what, sqlite3_errmsg(db));
  const int primary = code & 0xff;
  const bool is_systems = primary == SQLITE_FULL || primary == SQLITE_IOERR ||
                          primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY;
  if (is_systems && error != 0) absl::StrAppend(&text, " (", std::strerror(error), ")");
  switch (code & 0xff) {
    case SQLITE_NOMEM:
      return absl::ResourceExhaustedError(text);
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(absl::StrCat(text, "; make room on its file system"));
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return absl::DataLossError(
          absl::StrCat(text,
                       "; stop the collector, move the file aside and start again, or restore "
                       "it from a backup"));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return absl::PermissionDeniedError(
          absl::StrCat(text, "; the collector's user must own the file and its directory"));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(absl::StrCat(text, "; another program holds it"));
    case SQLITE_IOERR:
      return absl::UnavailableError(absl::StrCat(text, " (code ", code, "); look at the disk"));
    default:
      return absl::InternalError(absl::StrCat(text, " (code ", code, ")"));
  }
}

}  // namespace

Statement::Statement(sqlite3* db, Cached* cached, absl::Status status)
    : db_(db), cached_(cached), status_(std::move(status)) {
  if (cached_ != nullptr) cached_->in_use = true;
}

Statement::Statement(Statement&& other) noexcept
    : db_(other.db_),
      cached_(std::exchange(other.cached_, nullptr)),
      status_(std::move(other.status_)),
      next_parameter_(other.next_parameter_),
      next_column_(other.next_column_) {}

Statement::~Statement() {
  if (cached_ == nullptr) return;
  sqlite3_reset(cached_->handle);
  sqlite3_clear_bindings(cached_->handle);
  cached_->in_use = false;
}

void Statement::Note(int code) {
  if (code != SQLITE_OK && status_.ok()) status_ = ToStatus(db_, code, "");
}

void Statement::BindText(std::string_view text) {
  if (!status_.ok()) return;
  // A null pointer would be NULL, not the empty text.
  const char* data = text.data() == nullptr ? "" : text.data();
  Note(sqlite3_bind_text64(cached_->handle, next_parameter_++, data, text.size(), SQLITE_TRANSIENT,
                           SQLITE_UTF8));
}

void Statement::BindInt(int64_t value) {
  if (!status_.ok()) return;
  Note(sqlite3_bind_int64(cached_->handle, next_parameter_++, value));
}

absl::StatusOr<bool> Statement::Step() {
  if (!status_.ok()) return status_;
  next_column_ = 0;
  errno = 0;
  const int code = sqlite3_step(cached_->handle);
  if (code == SQLITE_ROW) return true;
  next_parameter_ = 1;
  if (code != SQLITE_DONE) {
    status_ = ToStatus(db_, code, "");
    sqlite3_reset(cached_->handle);
    return status_;
  }
  sqlite3_reset(cached_->handle);
  return false;
}

absl::Status Statement::Run() {
  for (;;) {
    const absl::StatusOr<bool> row = Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
  }
}

std::string Statement::ReadText() {
  const int column = next_column_++;
  const unsigned char* text = sqlite3_column_text(cached_->handle, column);
  if (text == nullptr) return "";
  return std::string(reinterpret_cast<const char*>(text),
                     static_cast<size_t>(sqlite3_column_bytes(cached_->handle, column)));
}

int64_t Statement::ReadInt() { return sqlite3_column_int64(cached_->handle, next_column_++); }

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& path,
                                                             Access access) {
  sqlite3* db = nullptr;
  // Readers must be able to make the shared-memory file, hence not SQLITE_OPEN_READONLY.
  const int code =
      sqlite3_open_v2(path.c_str(), &db,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (db == nullptr) return absl::ResourceExhaustedError("no memory for a connection to the store");
  std::unique_ptr<Connection> connection(new Connection(db));
  if (code != SQLITE_OK) return ToStatus(db, code, "cannot be opened: ");
  if (absl::Status status = connection->Configure(access); !status.ok()) return status;
  return connection;
}

Connection::~Connection() {
  for (auto& entry : statements_) sqlite3_finalize(entry.second->handle);
  sqlite3_close_v2(db_);
}

absl::Status Connection::Configure(Access access) {
  sqlite3_busy_timeout(db_, 5000);
  // Checkpoints run only when the writer asks for one: this version of SQLite may lose a
  // transaction when one connection resets the log while another checkpoints.
  sqlite3_wal_autocheckpoint(db_, 0);
  if (access == Access::kReader) {
    sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return Execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF");
  }
  if (access == Access::kInPlace) {
    // The journal keeps its blocks, too.
    return Execute(
        "PRAGMA journal_mode = PERSIST; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; "
        "PRAGMA temp_store = MEMORY");
  }
  const auto count_frames = [](void* self, sqlite3*, const char*, int count) {
    auto* connection = static_cast<Connection*>(self);
    // Fewer than were copied: the log has begun anew.
    if (count < connection->copied_frames_) connection->copied_frames_ = 0;
    connection->frames_ = count;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(db_, count_frames, this);
  return Execute(
      "PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA "
      "trusted_schema = OFF; "
      "PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY");
}

absl::Status Connection::ErrorOf(int code, const std::string& sql) const {
  // The first words say which statement; values are never part of its text.
  return ToStatus(db_, code, absl::StrCat("\"", sql.substr(0, 60), "\": "));
}

absl::Status Connection::Execute(const std::string& sql) {
  errno = 0;
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : ErrorOf(code, sql);
}

Statement Connection::Prepare(const std::string& sql) {
  std::unique_ptr<Statement::Cached>& cached = statements_[sql];
  if (cached == nullptr) {
    cached = std::make_unique<Statement::Cached>();
    const int code = sqlite3_prepare_v3(db_, sql.c_str(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &cached->handle, nullptr);
    if (code != SQLITE_OK) {
      absl::Status error = ErrorOf(code, sql);
      statements_.erase(sql);
      return Statement(db_, nullptr, std::move(error));
    }
  }
  if (cached->in_use) {
    return Statement(db_, nullptr,
                     absl::InternalError(absl::StrCat("statement is in use already: ", sql)));
  }
  return Statement(db_, cached.get(), absl::OkStatus());
}

absl::StatusOr<int64_t> Connection::QueryInt(const std::string& sql) {
  Statement statement = Prepare(sql);
  const absl::StatusOr<bool> row = statement.Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::NotFoundError(absl::StrCat("no row: ", sql));
  return statement.Get<int64_t>();
}

absl::Status Connection::QuickCheck(Span budget) {
  struct Watch {
    std::chrono::steady_clock::time_point end;
    bool ended = false;
  } watch{std::chrono::steady_clock::now() + std::chrono::nanoseconds(budget.ns)};
  const auto look = [](void* of) {
    auto* the = static_cast<Watch*>(of);
    the->ended = std::chrono::steady_clock::now() >= the->end;
    return the->ended ? 1 : 0;
  };
  sqlite3_progress_handler(db_, 1000, look, &watch);
  absl::Status status;
  {
    Statement check = Prepare("PRAGMA quick_check(1)");
    const absl::StatusOr<bool> row = check.Step();
    status = row.status();
    if (row.ok() && *row) {
      const std::string found = check.Get<std::string>();
      if (found != "ok") status = ToStatus(db_, SQLITE_CORRUPT, absl::StrCat(found, ": "));
    }
  }
  sqlite3_progress_handler(db_, 0, nullptr, nullptr);
  return watch.ended ? absl::OkStatus() : status;
}

int64_t Connection::changes() const { return sqlite3_changes64(db_); }

absl::Status Connection::Checkpoint() {
  int in_log = 0;
  int copied = 0;
  errno = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(db_, "main", SQLITE_CHECKPOINT_PASSIVE, &in_log, &copied);
  if (code != SQLITE_OK) return ErrorOf(code, "checkpoint");
  frames_ = in_log;
  copied_frames_ = copied;
  return absl::OkStatus();
}

}  // namespace faultline::store
