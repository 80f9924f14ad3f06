#include "collector/security/registry.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/security/digest.h"
#include "collector/security/registry_schema.h"

namespace faultline::security {
namespace {

using store::Statement;

constexpr char kTokenColumns[] =
    "id, verifier, proof_key, stack, env, roles, may_replace, uses, used, created_at, expires_at, "
    "revoked_at, last_used_at, source";
constexpr char kCertificateColumns[] =
    "serial, stack, env, host, role, key_digest, der, not_before, not_after, token, renewed, used, "
    "revoked_at, revoked_why, taken_over, instance_id, addresses";
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
  token.roles = RolesIn(roles);
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
          certificate.taken_over, certificate.instance_id, certificate.addresses);
  return certificate;
}

CertificateState ReadState(Statement& row) {
  CertificateState state;
  ReadAll(row, state.serial, state.host.stack.stack, state.host.stack.env, state.host.host,
          state.not_after, state.used, state.revoked_at, state.revoked_why);
  return state;
}

std::string ReadSerial(Statement& row) { return row.Get<std::string>(); }

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

}  // namespace

absl::StatusOr<std::unique_ptr<Registry>> Registry::Open(const std::string& path) {
  auto file = store::DatabaseFile::Claim(path, "authority.directory");
  if (!file.ok()) return file.status();
  auto db = store::Connection::Open(path, store::Access::kWriter);
  if (!db.ok()) return db.status();
  if (absl::Status status = MigrateRegistry(**db, path); !status.ok()) return status;
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

absl::StatusOr<std::vector<CertificateState>> Registry::AllStates() {
  return ReadRows(
      db_->Prepare("SELECT serial, stack, env, host, not_after, used, revoked_at, revoked_why "
                   "FROM certificates ORDER BY number DESC"),
      ReadState);
}

absl::StatusOr<std::optional<StoredCertificate>> Registry::FindCertificate(
    const std::string& serial) {
  Statement select = db_->Prepare(SelectCertificates("WHERE serial = ?"));
  select.Bind(serial);
  return ReadOne(std::move(select), ReadCertificate);
}

absl::StatusOr<bool> Registry::HasLivingCertificate(const std::string& token, WallTime now) {
  Statement select = db_->Prepare(
      "SELECT 1 FROM certificates WHERE token = ? AND renewed = 0 AND revoked_at = 0 AND "
      "not_after > ? LIMIT 1");
  select.Bind(token, now);
  return select.Step();
}

absl::StatusOr<WallTime> Registry::NewestUsed() {
  const auto newest =
      db_->QueryInt("SELECT coalesce(max(not_before), 0) FROM certificates WHERE used = 1");
  if (!newest.ok()) return newest.status();
  return WallTime{*newest};
}

absl::StatusOr<std::vector<std::string>> Registry::RecordIssue(const IssueRecord& issue) {
  const StoredCertificate& certificate = issue.certificate;
  const HostIdentity& identity = certificate.identity;
  std::vector<std::string> gone;
  const absl::Status written = Transaction([&] {
    absl::Status status =
        db_->Prepare(absl::StrCat("INSERT INTO certificates (", kCertificateColumns,
                                  ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"))
            .Bind(certificate.serial, identity.id.stack.stack, identity.id.stack.env,
                  identity.id.host, identity.role, certificate.key_digest, Hex(certificate.der),
                  certificate.not_before, certificate.not_after, certificate.token,
                  certificate.renewed, certificate.used, certificate.revoked_at,
                  certificate.revoked_why, certificate.taken_over, certificate.instance_id,
                  certificate.addresses)
            .Run();
    if (status.ok() && !certificate.renewed) {
      status = db_->Prepare("UPDATE tokens SET used = used + 1, last_used_at = ? WHERE id = ?")
                   .Bind(issue.at, certificate.token)
                   .Run();
    }
    for (const std::string& serial : issue.taken_over) {
      if (status.ok()) status = Revoke(serial, issue.taken_over_why, true, issue.at);
    }
    if (status.ok() && !issue.shown.empty()) {
      status =
          db_->Prepare("UPDATE certificates SET used = 1 WHERE serial = ?").Bind(issue.shown).Run();
    }
    for (const std::string& serial : issue.replaced) {
      if (!status.ok()) break;
      status = db_->Prepare("DELETE FROM certificates WHERE serial = ?").Bind(serial).Run();
    }
    if (!status.ok()) return status;
    Statement surplus = db_->Prepare(absl::StrCat(
        "DELETE FROM certificates WHERE number IN (SELECT number FROM certificates WHERE stack = ? "
        "AND host = ? AND env = ? AND token = ? AND revoked_at = 0 ORDER BY number DESC LIMIT -1 "
        "OFFSET ",
        kKept, ") RETURNING serial"));
    surplus.Bind(identity.id.stack.stack, identity.id.host, identity.id.stack.env,
                 certificate.token);
    auto serials = ReadRows(std::move(surplus), ReadSerial);
    if (serials.ok()) gone = *std::move(serials);
    return serials.status();
  });
  if (!written.ok()) return written;
  return gone;
}

absl::Status Registry::Revoke(const std::string& serial, const std::string& why, bool taken_over,
                              WallTime now) {
  return db_
      ->Prepare(
          "UPDATE certificates SET revoked_at = ?1, revoked_why = ?2, taken_over = ?3 "
          "WHERE serial = ?4 AND (revoked_at = 0 OR taken_over > ?3)")
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

absl::StatusOr<std::vector<std::string>> Registry::Forget(WallTime before, WallTime now) {
  std::vector<std::string> gone;
  const absl::Status written = Transaction([&] {
    Statement ended = db_->Prepare(
        "DELETE FROM certificates WHERE not_after < ? AND token NOT IN (SELECT id FROM tokens "
        "WHERE revoked_at = 0 AND expires_at > ? AND used < uses) RETURNING serial");
    ended.Bind(before, now);
    auto serials = ReadRows(std::move(ended), ReadSerial);
    if (!serials.ok()) return serials.status();
    gone = *std::move(serials);
    return db_
        ->Prepare(
            "DELETE FROM tokens WHERE source = 'operator' AND (expires_at < ? OR (revoked_at > 0 "
            "AND revoked_at < ?))")
        .Bind(before, before)
        .Run();
  });
  if (!written.ok()) return written;
  return gone;
}

}  // namespace faultline::security
