#include "collector/operator/verify_checklist.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace faultline::operator_api {
namespace {

using model::CheckPicture;
using model::HostPicture;

// The agent itself asks the site every few seconds, and nginx writes that down.
constexpr double kNewestEntrySeconds = 300;

constexpr char kSiteDomain[] =
    "write site: {domain: ...} into its agent.yaml, and role app or outside brings it";
constexpr char kDatabaseAddress[] =
    "write database: {address: HOST:PORT} into its agent.yaml, and its role brings it";
constexpr char kRoleBrings[] =
    "its role brings it; look for disable: in its agent.yaml, or update the agent";
constexpr char kSitePage[] = "http:https://{site.domain}{site.health}";
constexpr char kOldAgent[] = "the agent is too old to say; update it";

std::optional<double> Gauge(const CheckPicture& check, const char* name) {
  for (const model::GaugeValue& gauge : check.gauges) {
    if (gauge.name == name) return gauge.value;
  }
  return std::nullopt;
}

Finding Fail(const CheckPicture& check) { return {RowState::kFail, Words(check)}; }

// "10.0.2.10 3306" of "10.0.2.10:3306", "2001:db8::1 3306" of "[2001:db8::1]:3306".
std::string HostAndPort(const std::string& target) {
  const size_t colon = target.rfind(':');
  if (colon == std::string::npos) return "DB_HOST 3306";
  absl::string_view host = absl::string_view(target).substr(0, colon);
  absl::ConsumePrefix(&host, "[");
  absl::ConsumeSuffix(&host, "]");
  return absl::StrCat(host, " ", target.substr(colon + 1));
}

std::string OrUrl(const std::string& target, const char* scheme) {
  return target.empty() ? absl::StrCat(scheme, "://DOMAIN/") : target;
}

// What people type.
std::string CurlHead(const std::string& target) {
  return absl::StrCat("curl -I ", OrUrl(target, "https"));
}
std::string CurlHeadPlain(const std::string& target) {
  return absl::StrCat("curl -I ", OrUrl(target, "http"));
}
std::string Curl(const std::string& target) {
  return absl::StrCat("curl ", OrUrl(target, "https"));
}
std::string CurlDbCheck(const std::string& target) {
  return absl::StrCat("curl ", target.empty() ? "https://DOMAIN/PAGE" : target);
}
std::string MysqlLogin(const std::string& target) {
  const std::string words = HostAndPort(target);
  const size_t space = words.find(' ');
  return absl::StrCat("mysql -h ", words.substr(0, space), " -P ", words.substr(space + 1),
                      " -u appuser -p");
}
std::string Netcat(const std::string& target) {
  return absl::StrCat("nc -vz ", HostAndPort(target));
}
std::string Journal(const std::string& target) {
  const std::string unit(absl::StripSuffix(target, ".service"));
  return absl::StrCat("sudo journalctl -u ", unit.empty() ? "UNIT" : unit, " -n 200");
}
std::string Tail(const std::string& target) {
  return absl::StrCat("sudo tail ", target.empty() ? "/var/log/nginx/access.log" : target);
}
std::string TailBootstrap(const std::string& /*target*/) {
  return "sudo tail /var/log/cloud-init-output.log";
}

// Which checks they are.
bool IsSitePage(const CheckPicture& check) {
  return check.id.kind == "http" && check.subject == "site" &&
         absl::StartsWith(check.id.target, "https://");
}
bool IsPlainSitePage(const CheckPicture& check) {
  return check.id.kind == "http" && check.subject == "site" &&
         absl::StartsWith(check.id.target, "http://");
}
bool IsDatabasePage(const CheckPicture& check) {
  return check.id.kind == "http" && check.subject == "database";
}
bool IsLogin(const CheckPicture& check) { return check.id.kind == "mysql"; }
bool IsDatabasePort(const CheckPicture& check) {
  return check.id.kind == "port" && check.subject == "database";
}
bool IsJournalOfSite(const CheckPicture& check) {
  return check.id.kind == "log" && check.subject == "site" &&
         !absl::StartsWith(check.id.target, "/");
}
// The site's log that is not its error log, whatever it is called.
bool IsAccessLog(const CheckPicture& check) {
  const std::string& path = check.id.target;
  if (check.id.kind != "log" || !absl::StartsWith(path, "/")) return false;
  const std::string name = path.substr(path.rfind('/'));
  return absl::StrContains(name, "access") ||
         (check.subject == "site" && !absl::StrContains(name, "error"));
}
bool IsBootstrap(const CheckPicture& check) { return check.id.kind == "bootstrap"; }
bool IsExposure(const CheckPicture& check) { return check.id.kind == "exposure"; }

// What is expected of them, as configured.
std::string ConfiguredStatus(const CheckPicture& check) {
  const auto status = check.expected.find("status");
  return status == check.expected.end() ? "" : absl::StrCat(status->second, ", valid chain");
}
std::string ConfiguredBody(const CheckPicture& check) {
  const auto body = check.expected.find("body");
  return body == check.expected.end() ? "" : absl::StrCat("a body with ", body->second);
}

// What they prove.
Finding IfOk(const CheckPicture& check, const HostPicture& /*host*/) {
  return check.state == State::kOk ? Finding{RowState::kPass, Words(check)} : Fail(check);
}

Finding SecurePage(const CheckPicture& check, const HostPicture& /*host*/) {
  // A wrong body is another row's matter.
  if (check.state != State::kOk && check.reason != "BODY_MISMATCH") return Fail(check);
  const auto verified = Gauge(check, "http_tls_verified");
  const auto status = Gauge(check, "http_status_code");
  if (!verified || !status) return {RowState::kNotChecked, kOldAgent};
  if (*verified != 1) {
    return {RowState::kFail,
            "the chain is not valid here, and the check does not mind (verify: no)"};
  }
  // What else the check may expect it has compared itself.
  if (*status != 200 && !check.expected.contains("status")) return Fail(check);
  return {RowState::kPass, absl::StrCat(static_cast<int>(*status), ", and the chain is valid")};
}

Finding HealthBody(const CheckPicture& check, const HostPicture& /*host*/) {
  const auto matches = Gauge(check, "http_body_matches");
  // Whether the page answers at all is the row above.
  if (!matches && !check.expected.contains("body")) {
    return {RowState::kNotApplicable,
            "no body is expected; to expect one, write site: {health_body: PATTERN} into its "
            "agent.yaml"};
  }
  if (check.state != State::kOk || !matches) return Fail(check);
  return *matches == 1 ? Finding{RowState::kPass, "the body is as the check wants it"}
                       : Fail(check);
}

Finding Redirect(const CheckPicture& check, const HostPicture& /*host*/) {
  const auto status = Gauge(check, "http_status_code");
  const bool redirects = status && *status >= 300 && *status < 400;
  return check.state == State::kOk && redirects ? Finding{RowState::kPass, Words(check)}
                                                : Fail(check);
}

// Errors that are logged there are no reason against it: that entries come is the question.
Finding EntriesCome(const CheckPicture& check, const HostPicture& host) {
  const auto newest = Gauge(check, "log_last_line_timestamp_seconds");
  if (!newest) return {RowState::kFail, "no entry since the agent began to read"};
  // The gauge is by the host's clock.
  const WallTime now = check.observed + host.clock_offset;
  const double age = std::max(0.0, static_cast<double>(now.ns) / 1e9 - *newest);
  const std::string words =
      absl::StrCat("newest entry ", static_cast<int64_t>(age), " s before the look");
  return {age <= kNewestEntrySeconds ? RowState::kPass : RowState::kFail, words};
}

Finding BootstrapEnded(const CheckPicture& check, const HostPicture& /*host*/) {
  if (check.state != State::kOk) return Fail(check);
  const auto finished = Gauge(check, "bootstrap_finished");
  if (!finished) return {RowState::kNotChecked, kOldAgent};
  return {*finished == 1 ? RowState::kPass : RowState::kFail, Words(check)};
}

}  // namespace

std::string Words(const CheckPicture& check) {
  if (!check.detail.empty()) return check.detail;
  return check.reason.empty() ? std::string(StateName(check.state)) : check.reason;
}

const std::vector<ChecklistItem>& Checklist() {
  static const auto& items = *new std::vector<ChecklistItem>{
      {.name = "Flask health",
       .command = CurlHead,
       .expected = "200, valid chain",
       .roles = {"app", "outside"},
       .brought = kSitePage,
       .takes = IsSitePage,
       .judge = SecurePage,
       .how_to_get = kSiteDomain,
       .configured = ConfiguredStatus,
       .only_shortest_target = true},
      {.name = "App HTTP fallback",
       .command = CurlHeadPlain,
       .expected = "redirect to HTTPS",
       .roles = {"app", "outside"},
       .brought = "http:http://{site.domain}/",
       .takes = IsPlainSitePage,
       .judge = Redirect,
       .how_to_get = kSiteDomain,
       .only_shortest_target = true},
      {.name = "App internal health",
       .command = Curl,
       .expected = "the body that is configured",
       .roles = {"app", "outside"},
       .brought = kSitePage,
       .takes = IsSitePage,
       .judge = HealthBody,
       .how_to_get = kSiteDomain,
       .configured = ConfiguredBody,
       .only_shortest_target = true},
      // The application's own user, as the application meets the database...
      {.name = "DB from the app",
       .command = CurlDbCheck,
       .expected = "200: it reads and writes",
       .roles = {"app"},
       .brought = "http:https://{site.domain}{site.db_check}",
       .takes = IsDatabasePage,
       .judge = IfOk,
       .how_to_get = kSiteDomain,
       .only_shortest_target = true},
      // ... and a login from its host that asks no application.
      {.name = "DB connectivity",
       .command = MysqlLogin,
       .expected = "a login",
       .roles = {"app"},
       .brought = "mysql:{database.address}",
       .takes = IsLogin,
       .judge = IfOk,
       .how_to_get =
           "write database: {address: HOST:PORT, password_file: ...} into its agent.yaml, "
           "with the password of the monitoring user"},
      {.name = "Port check",
       .command = Netcat,
       .expected = "open",
       .roles = {"app"},
       .brought = "port:{database.address}",
       .takes = IsDatabasePort,
       .judge = IfOk,
       .how_to_get = kDatabaseAddress},
      {.name = "App logs",
       .command = Journal,
       .expected = "no errors",
       .roles = {"app"},
       .brought = "log:{site.unit}",
       .takes = IsJournalOfSite,
       .judge = IfOk,
       .how_to_get = kRoleBrings},
      {.name = "Nginx logs",
       .command = Tail,
       .expected = "request entries",
       .roles = {"app"},
       .brought = "log:{site.access_log}",
       .takes = IsAccessLog,
       .judge = EntriesCome,
       .how_to_get = kRoleBrings},
      {.name = "System logs",
       .command = TailBootstrap,
       .expected = "cloud-init ended well",
       .roles = {"app", "db", "collector", "host"},
       .brought = "bootstrap:cloud-init",
       .takes = IsBootstrap,
       .judge = BootstrapEnded,
       .how_to_get = kRoleBrings,
       .nothing_there = "NO_CLOUD_INIT"},
      // Not in the runbook's table, but the other half of its port check.
      {.name = "DB is private",
       .command = Netcat,
       .expected = "closed",
       .roles = {"collector", "outside"},
       .brought = "exposure:{database.address}",
       .takes = IsExposure,
       .judge = IfOk,
       .how_to_get = kDatabaseAddress,
       .closed = true},
  };
  return items;
}

}  // namespace faultline::operator_api
