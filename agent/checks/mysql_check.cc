// Declaration of the check `mysql`.
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/check.h"
#include "agent/checks/mysql_probe.h"
#include "agent/checks/mysql_silence.h"
#include "agent/checks/registry.h"

namespace faultline::checks {

const CheckKind& MysqlCheckKind();

namespace {

constexpr size_t kMaxSocketPath = 107;  // sockaddr_un, unix(7)

bool IsSocket(const std::string& target) { return !target.empty() && target[0] == '/'; }
bool IsPath(const std::string& path) { return path.size() > 1 && path[0] == '/'; }

std::optional<host::MySqlTls> ParseTls(const std::string& text) {
  if (text == "off") return host::MySqlTls::kOff;
  if (text == "require") return host::MySqlTls::kRequire;
  if (text == "verify") return host::MySqlTls::kVerify;
  return std::nullopt;
}

absl::Status Bad(const std::string& field, const std::string& why) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", why));
}

absl::Status ValidateMySqlTarget(const std::string& target) {
  if (IsSocket(target)) {
    if (target.size() >= 2 && target.size() <= kMaxSocketPath) return absl::OkStatus();
    return Bad("target", absl::StrCat("the path of a unix socket has 2 to ", kMaxSocketPath,
                                      " bytes, as in /run/mysqld/mysqld.sock"));
  }
  const absl::StatusOr<host::HostPort> endpoint = host::ParseHostPort(target);
  if (endpoint.ok()) return absl::OkStatus();
  return Bad("target", absl::StrCat(std::string(endpoint.status().message()),
                                    ", or a socket like /run/mysqld/mysqld.sock"));
}

absl::Status ValidateMySql(const config::CheckConfig& check) {
  const CheckKind& kind = MysqlCheckKind();
  const auto text = [&](const char* name) { return StringOption(check, kind, name); };
  if (absl::Status target = ValidateMySqlTarget(check.id.target); !target.ok()) return target;
  if (text("user").empty() || text("user").size() > 128) {
    return Bad("user", "write the name of the monitoring user, at most 128 bytes");
  }
  const std::optional<host::MySqlTls> tls = ParseTls(text("tls"));
  if (!tls.has_value()) {
    return Bad("tls",
               absl::StrCat("\"", text("tls"), "\" is not a way; write off, require or verify"));
  }
  for (const char* name : {"password_file", "ca"}) {
    if (!text(name).empty() && !IsPath(text(name))) {
      return Bad(name, absl::StrCat("\"", text(name), "\" is not an absolute path"));
    }
  }
  if (!text("ca").empty() && *tls != host::MySqlTls::kVerify) {
    return Bad("ca", "only says something with tls: verify; add that, or remove it");
  }
  if (!text("password_file").empty() && !text("password_env").empty()) {
    return Bad("password_env", "there is a password_file already; keep one of them");
  }
  return absl::OkStatus();
}

std::optional<Span> MySqlDuration(const config::CheckConfig& check, const char* name) {
  const Span span = DurationOption(check, MysqlCheckKind(), name);
  if (span.ns == 0) return std::nullopt;
  return span;
}

std::unique_ptr<Check> MakeMySqlCheck(const config::CheckConfig& check,
                                      const CheckContext& context) {
  const CheckKind& kind = MysqlCheckKind();
  const auto text = [&](const char* name) { return StringOption(check, kind, name); };
  MySqlOptions options;
  options.target = check.id.target;
  if (IsSocket(check.id.target)) {
    options.login.socket_path = check.id.target;
  } else if (absl::StatusOr<host::HostPort> endpoint = host::ParseHostPort(check.id.target);
             endpoint.ok()) {
    options.endpoint = *std::move(endpoint);
  }
  options.interval = IntervalOf(check, kind);
  options.login_interval = DurationOption(check, kind, "login_interval");
  options.login.user = text("user");
  options.login.database = text("database");
  options.login.tls = ParseTls(text("tls")).value_or(host::MySqlTls::kOff);
  options.login.ca = text("ca");
  options.login.timeout = DurationOption(check, kind, "timeout");
  options.password_file = text("password_file");
  options.password_env = text("password_env");
  options.limits.slow = MySqlDuration(check, "slow");
  options.limits.replica_lag = MySqlDuration(check, "replica_lag");
  options.limits.writable = BoolOption(check, kind, "writable");
  return std::make_unique<MySqlProbe>(std::move(options), context);
}

std::vector<OptionDeclaration> DeclareMySqlOptions() {
  constexpr int64_t kMillisecond = Span::Millis(1).ns;
  constexpr int64_t kSecond = Span::Seconds(1).ns;
  constexpr int64_t kDay = Span::Seconds(86400).ns;
  return {
      {.name = "user",
       .default_value = "faultline",
       .help = "The monitoring user; it needs no rights, and REPLICATION CLIENT (SLAVE MONITOR in "
               "MariaDB) with replica_lag."},
      {.name = "password_file",
       .help =
           "Absolute path; its first line is the password. Not for everybody to read. Read anew "
           "at each login."},
      {.name = "password_env", .help = "Name of the environment variable that has the password."},
      {.name = "database", .help = "Must be there: log in to it."},
      {.name = "tls",
       .default_value = "off",
       .help = "off, require (any certificate) or verify (chain and name)."},
      {.name = "ca", .help = "With verify: PEM file of the authorities; without it the system's."},
      {.name = "slow",
       .type = OptionType::kDuration,
       .help = "WARNING when SELECT 1 takes longer.",
       .min = kMillisecond,
       .max = 60 * kSecond},
      {.name = "replica_lag",
       .type = OptionType::kDuration,
       .help = "The server is a replica: WARNING when it is further behind than this.",
       .min = kSecond,
       .max = 30 * kDay},
      {.name = "writable",
       .type = OptionType::kBool,
       .default_value = "false",
       .help = "The application writes here: CRITICAL when the server is read-only."},
      {.name = "login_interval",
       .type = OptionType::kDuration,
       .default_value = "5m",
       .help = "How often to log in anew while all is well.",
       .min = 60 * kSecond,
       .max = kDay},
      {.name = "timeout",
       .type = OptionType::kDuration,
       .default_value = "3s",
       .help = "For each step of a login and each question; whole seconds.",
       .min = kSecond,
       .max = 30 * kSecond},
  };
}

CheckKind DeclareMySql() {
  CheckKind kind;
  kind.kind = "mysql";
  kind.help =
      "Whether one can log in to a MySQL or MariaDB server and be answered. One login is kept open "
      "and asked at the interval, and watched for a stop; a fresh complete login follows now and "
      "then, after trouble and when asked, at most 18 an hour and server that the server may count "
      "against this host.";
  kind.target_help =
      "host:port, as in 10.0.2.10:3306, or the path of a unix socket, as in "
      "/run/mysqld/mysqld.sock";
  kind.rights =
      "A user of the server's, without any GRANT. Without: UNKNOWN, AUTH_DENIED. With CAP_NET_RAW "
      "it also says what stands in the way of a connection.";
  kind.default_interval = Span::Seconds(1);
  kind.min_interval = Span::Millis(100);
  kind.options = DeclareMySqlOptions();
  kind.reasons = MySqlFailureReasons();
  for (ReasonDeclaration& reason : MySqlHealthReasons()) kind.reasons.push_back(std::move(reason));
  for (ReasonDeclaration& reason : MySqlPathReasons()) kind.reasons.push_back(std::move(reason));
  kind.reasons.push_back({"DNS_FAILED", "CRITICAL: the name does not resolve."});
  kind.reasons.push_back(
      {"PASSWORD_UNREADABLE",
       "UNKNOWN: the password's file or variable is missing, empty, or for everybody to read."});
  kind.reasons.push_back({"RESOLVING", "UNKNOWN: asked to look before the name was resolved."});
  kind.gauges = MySqlGaugeDeclarations();
  kind.gauges.push_back(
      {"mysql_last_login_timestamp_seconds",
       "When the login that failed was tried, in seconds since 1970; absent where none failed, or "
       "each look tries."});
  kind.gauges.push_back(
      {"mysql_next_login_timestamp_seconds", "When it is tried again, the same way."});
  kind.validate = &ValidateMySql;
  kind.make = &MakeMySqlCheck;
  return kind;
}

}  // namespace

const CheckKind& MysqlCheckKind() {
  static const CheckKind kKind = DeclareMySql();
  return kKind;
}

}  // namespace faultline::checks
