#include "collector/security/registry.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "collector/security/digest.h"

namespace faultline::security {
namespace {

using store::Statement;

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
  instance_id TEXT NOT NULL, boot_id TEXT NOT NULL, agent_version TEXT NOT NULL,
  addresses TEXT NOT NULL) STRICT;
CREATE INDEX certificates_host ON certificates (stack, host, env, number);
CREATE INDEX certificates_end ON certificates (not_after);
)sql"};
constexpr int kSchemaVersion = 1;

constexpr char kTokenColumns[] =
    "id, verifier, proof_key, stack, env, roles, may_replace, uses, used, created_at, expires_at, "
    "revoked_at, last_used_at, source";
constexpr char kCertificateColumns[] =
    "serial, stack, env, host, role, key_digest, der, not_before, not_after, token, renewed, used, "
    "revoked_at, revoked_why, taken_over, instance_id, boot_id, agent_version, addresses";
// The log is copied into the file when it has grown by so many pages.
constexpr int kCheckpointFrames = 256;

template <typename... Values>
void ReadAll(Statement& row, Values&... values) {
  (row.Read(values), ...);
}

std::string ReadBytes(Statement& row) { return FromHex(row.Get<std::string>()); }

StoredToken ReadToken(Statement& row) {
  StoredToken token;
  row.Read(token.id);
  token.verifier = ReadBytes(row);
  token.proof_key = ReadBytes(row);
  std::string roles;
  ReadAll(row, token.stack.stack, token.stack.env, roles, token.replace, token.uses, token.used,
          token.created_at, token.expires_at, token.revoked_at, token.last_used_at, token.source);
  token.roles = absl::StrSplit(roles, ',');
  return token;
}

StoredCertificate ReadCertificate(Statement& row) {
  StoredCertificate certificate;
  HostIdentity& identity = certificate.identity;
  ReadAll(row, certificate.serial, identity.id.stack.stack, identity.id.stack.env, identity.id.host,
          identity.role, certificate.key_digest);
  certificate.der = ReadBytes(row);
  ReadAll(row, certificate.not_before, certificate.not_after, certificate.token,
          certificate.renewed, certificate.used, certificate.revoked_at, certificate.revoked_why,
          certificate.taken_over, certificate.instance_id, certificate.boot_id,
          certificate.agent_version, certificate.addresses);
  return certificate;
}

template <typename Row>
absl::StatusOr<std::vector<Row>> ReadRows(Statement statement, Row (*read)(Statement&)) {
  std::vector<Row> rows;
  for (;;) {
    const absl::StatusOr<bool> row = statement.Step();
    if (!row.ok()) return row.status();
    if (!*row) return rows;
    rows.push_back(read(statement));
  }
}

template <typename Row>
absl::StatusOr<std::optional<Row>> ReadOne(Statement statement, Row (*read)(Statement&)) {
  const absl::StatusOr<bool> row = statement.Step();
  if (!row.ok()) return row.status();
  return *row ? std::optional<Row>(read(statement)) : std::nullopt;
}

std::string SelectCertificates(const char* rest) {
  return absl::StrCat("SELECT ", kCertificateColumns, " FROM certificates ", rest);
}

absl::Status Migrate(store::Connection& db, const std::string& path) {
  const absl::StatusOr<int64_t> found = db.QueryInt("PRAGMA user_version");
  if (!found.ok()) return found.status();
  if (*found > kSchemaVersion) {
    return absl::FailedPreconditionError(absl::StrCat(
        "authority.directory: ", path, " was written by a newer collector (schema ", *found,
        ", this one knows up to ", kSchemaVersion, "); install that version again"));
  }
  for (int64_t version = *found; version < kSchemaVersion; ++version) {
    const absl::Status status = db.Execute(absl::StrCat(
        "BEGIN IMMEDIATE;", kSteps[version], "PRAGMA user_version = ", version + 1, "; COMMIT"));
    if (status.ok()) continue;
    (void)db.Execute("ROLLBACK");
    return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Registry>> Registry::Open(const std::string& path) {
  auto file = store::DatabaseFile::Claim(path, "authority.directory");
  if (!file.ok()) return file.status();
  auto db = store::Connection::Open(path, store::Access::kWriter);
  if (!db.ok()) return db.status();
  if (absl::Status status = Migrate(**db, path); !status.ok()) return status;
  return std::unique_ptr<Registry>(new Registry(*std::move(file), *std::move(db)));
}

template <typename Change>
absl::Status Registry::Transaction(Change change) {
  absl::Status status = db_->Execute("BEGIN IMMEDIATE");
  if (status.ok()) status = change();
  if (status.ok()) status = db_->Execute("COMMIT");
  if (!status.ok()) {
    (void)db_->Execute("ROLLBACK");
    return status;
  }
  // Its failure costs room, not what was written.
  if (db_->uncopied_frames() > kCheckpointFrames) (void)db_->Checkpoint();
  return absl::OkStatus();
}

absl::Status Registry::AddToken(const StoredToken& token) {
  return Transaction([&] {
    return db_
        ->Prepare(absl::StrCat("INSERT INTO tokens (", kTokenColumns,
                               ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"))
        .Bind(token.id, Hex(token.verifier), Hex(token.proof_key), token.stack.stack,
              token.stack.env, absl::StrJoin(token.roles, ","), token.replace, token.uses,
              token.used, token.created_at, token.expires_at, token.revoked_at, token.last_used_at,
              token.source)
        .Run();
  });
}

absl::StatusOr<std::optional<StoredToken>> Registry::FindToken(const std::string& id) {
  Statement select =
      db_->Prepare(absl::StrCat("SELECT ", kTokenColumns, " FROM tokens WHERE id = ?"));
  select.Bind(id);
  return ReadOne(std::move(select), ReadToken);
}

absl::StatusOr<std::vector<StoredToken>> Registry::Tokens() {
  return ReadRows(db_->Prepare(absl::StrCat("SELECT ", kTokenColumns,
                                            " FROM tokens ORDER BY created_at DESC, id")),
                  ReadToken);
}

absl::Status Registry::RevokeToken(const std::string& id, WallTime now) {
  return Transaction([&] {
    return db_->Prepare("UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at = 0")
        .Bind(now, id)
        .Run();
  });
}

absl::StatusOr<std::vector<StoredCertificate>> Registry::CertificatesOf(const HostId& host) {
  Statement select = db_->Prepare(
      SelectCertificates("WHERE stack = ? AND host = ? AND env = ? ORDER BY number DESC"));
  select.Bind(host.stack.stack, host.host, host.stack.env);
  return ReadRows(std::move(select), ReadCertificate);
}

absl::StatusOr<std::vector<StoredCertificate>> Registry::CertificatesOf(const std::string& stack,
                                                                        const std::string& host) {
  Statement select =
      db_->Prepare(SelectCertificates("WHERE stack = ? AND host = ? ORDER BY number DESC"));
  select.Bind(stack, host);
  return ReadRows(std::move(select), ReadCertificate);
}

absl::StatusOr<std::vector<StoredCertificate>> Registry::AllCertificates() {
  return ReadRows(db_->Prepare(SelectCertificates("ORDER BY number DESC")), ReadCertificate);
}

absl::StatusOr<std::optional<StoredCertificate>> Registry::FindCertificate(
    const std::string& serial) {
  Statement select = db_->Prepare(SelectCertificates("WHERE serial = ?"));
  select.Bind(serial);
  return ReadOne(std::move(select), ReadCertificate);
}

absl::Status Registry::RecordIssue(const StoredCertificate& certificate, WallTime now,
                                   const std::vector<std::string>& taken_over,
                                   const std::string& why, const std::string& shown) {
  const HostIdentity& identity = certificate.identity;
  return Transaction([&] {
    absl::Status status =
        db_->Prepare(absl::StrCat("INSERT INTO certificates (", kCertificateColumns,
                                  ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"))
            .Bind(certificate.serial, identity.id.stack.stack, identity.id.stack.env,
                  identity.id.host, identity.role, certificate.key_digest, Hex(certificate.der),
                  certificate.not_before, certificate.not_after, certificate.token,
                  certificate.renewed, certificate.used, certificate.revoked_at,
                  certificate.revoked_why, certificate.taken_over, certificate.instance_id,
                  certificate.boot_id, certificate.agent_version, certificate.addresses)
            .Run();
    if (status.ok() && !certificate.renewed) {
      status = db_->Prepare("UPDATE tokens SET used = used + 1, last_used_at = ? WHERE id = ?")
                   .Bind(now, certificate.token)
                   .Run();
    }
    for (const std::string& serial : taken_over) {
      if (status.ok()) status = Revoke(serial, why, true, now);
    }
    if (status.ok() && !shown.empty()) {
      status = db_->Prepare("UPDATE certificates SET used = 1 WHERE serial = ?").Bind(shown).Run();
    }
    return status;
  });
}

absl::Status Registry::Revoke(const std::string& serial, const std::string& why, bool taken_over,
                              WallTime now) {
  return db_
      ->Prepare(
          "UPDATE certificates SET revoked_at = ?, revoked_why = ?, taken_over = ? WHERE serial = "
          "? "
          "AND revoked_at = 0")
      .Bind(now, why, taken_over, serial)
      .Run();
}

absl::Status Registry::RevokeCertificates(const std::vector<std::string>& serials,
                                          const std::string& why, WallTime now) {
  return Transaction([&] {
    absl::Status status;
    for (const std::string& serial : serials) {
      if (status.ok()) status = Revoke(serial, why, false, now);
    }
    return status;
  });
}

absl::Status Registry::MarkUsed(const std::vector<std::string>& serials) {
  return Transaction([&] {
    absl::Status status;
    for (const std::string& serial : serials) {
      if (!status.ok()) break;
      status = db_->Prepare("UPDATE certificates SET used = 1 WHERE serial = ?").Bind(serial).Run();
    }
    return status;
  });
}

absl::Status Registry::Forget(WallTime before) {
  return Transaction([&] {
    absl::Status status =
        db_->Prepare("DELETE FROM certificates WHERE not_after < ?").Bind(before).Run();
    if (!status.ok()) return status;
    return db_
        ->Prepare(
            "DELETE FROM tokens WHERE source = 'operator' AND (expires_at < ? OR (revoked_at > 0 "
            "AND revoked_at < ?))")
        .Bind(before, before)
        .Run();
  });
}

}  // namespace faultline::security
