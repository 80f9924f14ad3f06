#include "collector/security/registry_schema.h"

#include "absl/strings/str_cat.h"
#include "collector/store/database_file.h"

namespace faultline::security {
namespace {

// Times are nanoseconds since the Unix epoch, 0 = never; bytes are hexadecimal digits. A step is
// never edited once it has been released; a change is a new step.
constexpr const char* kSteps[] = {R"sql(
CREATE TABLE tokens (
  id TEXT NOT NULL PRIMARY KEY, verifier TEXT NOT NULL, proof_key TEXT NOT NULL,
  stack TEXT NOT NULL, env TEXT NOT NULL, roles TEXT NOT NULL, may_replace INTEGER NOT NULL,
  uses INTEGER NOT NULL, used INTEGER NOT NULL, created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, revoked_at INTEGER NOT NULL, last_used_at INTEGER NOT NULL,
  source TEXT NOT NULL) STRICT;

CREATE TABLE certificates (
  number INTEGER PRIMARY KEY,  -- in the order of issue
  serial TEXT NOT NULL UNIQUE, stack TEXT NOT NULL, env TEXT NOT NULL, host TEXT NOT NULL,
  role TEXT NOT NULL, key_digest TEXT NOT NULL, der TEXT NOT NULL,
  not_before INTEGER NOT NULL, not_after INTEGER NOT NULL, token TEXT NOT NULL,
  renewed INTEGER NOT NULL, used INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL, revoked_why TEXT NOT NULL, taken_over INTEGER NOT NULL,
  instance_id TEXT NOT NULL, addresses TEXT NOT NULL) STRICT;
CREATE INDEX certificates_host ON certificates (stack, host, env, number);
CREATE INDEX certificates_end ON certificates (not_after);
CREATE INDEX certificates_token ON certificates (token);
)sql"};
constexpr int kSchemaVersion = 1;

}  // namespace

absl::Status CheckSchemaOfRegistry(int64_t found, const std::string& path) {
  return store::CheckSchema(found, kSchemaVersion, absl::StrCat("authority.directory: ", path),
                            "install that version again");
}

absl::Status MigrateRegistry(store::Connection& db, const std::string& path) {
  const absl::StatusOr<int64_t> found = db.QueryInt("PRAGMA user_version");
  if (!found.ok()) return found.status();
  if (absl::Status known = CheckSchemaOfRegistry(*found, path); !known.ok()) return known;
  for (int64_t version = *found; version < kSchemaVersion; ++version) {
    const absl::Status status = db.Execute(absl::StrCat(
        "BEGIN IMMEDIATE;", kSteps[version], "PRAGMA user_version = ", version + 1, "; COMMIT"));
    if (status.ok()) continue;
    (void)db.Execute("ROLLBACK");
    return status;
  }
  return absl::OkStatus();
}

}  // namespace faultline::security
