#include "agent/checks/mysql_look.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace faultline::checks {
namespace {

constexpr int kSyntaxError = 1064;

// Both servers have all of these.
constexpr char kQuestion[] =
    "SELECT 1, @@GLOBAL.read_only AS read_only, @@GLOBAL.innodb_read_only AS innodb_read_only, "
    "@@GLOBAL.max_connections AS max_connections, VERSION() AS version";
constexpr char kStatusQuery[] =
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'Uptime', "
    "'Aborted_connects')";

std::string ColumnText(const host::MySqlRow& row, const char* column) {
  const auto found = row.find(column);
  return found == row.end() ? "" : found->second.value_or("");
}

std::optional<double> NonNegative(const std::string& text) {
  double number = 0;
  if (!absl::SimpleAtod(text, &number) || !(number >= 0 && number < 1e18)) return std::nullopt;
  return number;
}

// "0", "OFF", or (MariaDB 11.8 and later) other words for what is on.
bool IsOn(const std::string& text) {
  return !text.empty() && text != "0" && !absl::EqualsIgnoreCase(text, "off");
}

absl::StatusOr<host::Secret> Password(const MySqlLookRequest& request) {
  if (!request.password_file.empty()) return host::ReadSecretFile(request.password_file);
  if (!request.password_env.empty()) return host::ReadSecretVariable(request.password_env);
  return host::Secret();
}

void AskStatus(host::MySqlSession& session, MySqlHealth* health) {
  for (const host::MySqlRow& row : session.Query(kStatusQuery).rows) {
    const std::string name = ColumnText(row, "variable_name");
    const std::optional<double> value = NonNegative(ColumnText(row, "value"));
    if (absl::EqualsIgnoreCase(name, "threads_connected")) health->threads_connected = value;
    if (absl::EqualsIgnoreCase(name, "uptime")) health->uptime_seconds = value;
    if (absl::EqualsIgnoreCase(name, "aborted_connects")) health->aborted_connects = value;
  }
}

void AskReplica(host::MySqlSession& session, MySqlHealth* health) {
  const bool mariadb = absl::StrContains(absl::AsciiStrToLower(health->version), "mariadb");
  for (const std::string& statement : ReplicaStatements(mariadb)) {
    const host::MySqlRows answer = session.Query(statement);
    health->replica_failure = answer.failure;
    if (!answer.failure.failed()) {
      health->replicas = ParseReplicaRows(answer.rows);
      return;
    }
    if (answer.failure.number != kSyntaxError) return;
  }
}

}  // namespace

MySqlLookResult LookAtMySql(MySqlLookRequest request) {
  MySqlLookResult out;
  out.session = std::move(request.session);
  if (out.session == nullptr) {
    absl::StatusOr<host::Secret> password = Password(request);
    if (!password.ok()) {
      out.password = password.status();
      return out;
    }
    host::MySqlOpened opened = host::OpenMySqlSession(request.login, *password);
    out.login_failure = std::move(opened.failure);
    if (opened.session == nullptr) return out;
    out.session = std::move(opened.session);
    out.health.login = opened.took;
    out.socket = host::DuplicateNewConnection(request.peer, request.known);
  }
  const host::MySqlRows answer = out.session->Query(kQuestion);
  out.query_failure = answer.failure;
  out.health.query = answer.took;
  if (answer.rows.size() != 1) {
    if (!out.query_failure.failed()) {
      out.query_failure = {.kind = host::MySqlFailureKind::kNotMySql,
                           .text = "SELECT 1 was not answered by one row"};
    }
    return out;
  }
  const host::MySqlRow& row = answer.rows[0];
  out.health.version = ColumnText(row, "version").substr(0, 64);
  out.health.read_only =
      IsOn(ColumnText(row, "read_only")) || IsOn(ColumnText(row, "innodb_read_only"));
  out.health.max_connections = NonNegative(ColumnText(row, "max_connections"));
  if (request.ask_status) AskStatus(*out.session, &out.health);
  if (request.ask_replica) AskReplica(*out.session, &out.health);
  return out;
}

}  // namespace faultline::checks
