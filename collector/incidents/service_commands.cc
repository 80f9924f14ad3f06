// Commands for units, listeners, databases, pages and certificates.
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/incidents/command_words.h"
#include "collector/incidents/commands_by_kind.h"
#include "collector/incidents/host_units.h"
#include "collector/incidents/message_words.h"

namespace faultline::incidents {
namespace {

using Lines = std::vector<std::string>;

constexpr size_t kMaxUnits = 3;

Lines ForUnit(const CommandContext& context) {
  const std::string& unit = context.lead.check.target;
  const std::string& reason = context.lead.reason;
  if (reason == "UNIT_STOPPING" || reason == "UNIT_INACTIVE") return {StartCommand(unit)};
  if (reason == "UNIT_OOM_KILLED") {
    return {"sudo journalctl -k -n 50 --no-pager", "free -m", StartCommand(unit)};
  }
  // The reason is given where dpkg's lock is held.
  if (reason == "PACKAGE_UPGRADE") {
    return {"sudo tail -n 30 /var/log/dpkg.log", StatusCommand(unit)};
  }
  Lines lines = {StatusCommand(unit), JournalCommand(unit)};
  if (reason == "UNIT_FAILED" || reason == "UNIT_CRASH_LOOP") {
    lines.push_back(absl::StrCat(StartCommand(unit), "  # when its cause is mended"));
  }
  return lines;
}

// Who is behind a port: the listener's own unit, else what speaks of the same subject there.
Lines UnitsBehind(const CommandContext& context) {
  if (context.check != nullptr && !context.check->unit.empty() && !context.there) {
    return {context.check->unit};
  }
  if (context.host == nullptr) return {};
  HostUnits units = UnitsOf(*context.host, context.lead.subject);
  Lines all = std::move(units.others);
  all.insert(all.end(), units.web_servers.begin(), units.web_servers.end());
  if (all.size() > kMaxUnits) all.resize(kMaxUnits);
  return all;
}

Lines ForListener(const CommandContext& context) {
  const std::string port = PortOfTarget(context.lead.check.target);
  const Lines units = UnitsBehind(context);
  Lines lines;
  if (!port.empty()) lines.push_back(SocketsCommand(port));
  if (context.lead.reason == "LOOPBACK_ONLY" && context.lead.subject == "database") {
    // Debian's place and that of others; a place that is not there says nothing.
    lines.push_back("sudo grep -rns bind-address /etc/mysql /etc/my.cnf /etc/my.cnf.d");
  }
  for (const std::string& unit : units) {
    lines.insert(lines.end(), {StatusCommand(unit), JournalCommand(unit)});
  }
  return lines;
}

// What an administrator asks a server that answers; empty for trouble with the connection itself.
std::string AskServer(const std::string& reason, bool is_maria) {
  // MariaDB's tools have names of their own, and not everywhere MySQL's beside them.
  const std::string client = is_maria ? "sudo mariadb -e " : "sudo mysql -e ";
  if (reason == "HOST_BLOCKED") {
    return is_maria ? "sudo mariadb-admin flush-hosts" : "sudo mysqladmin flush-hosts";
  }
  if (reason == "TOO_MANY_CONNECTIONS" || reason == "SLOW_QUERY" || reason == "SERVER_ERROR") {
    return client + "'SHOW FULL PROCESSLIST'";
  }
  if (reason == "HOST_NOT_ALLOWED") return client + "'SELECT user, host FROM mysql.user'";
  if (reason == "UNKNOWN_DATABASE") return client + "'SHOW DATABASES'";
  if (reason == "READ_ONLY") return client + "\"SHOW VARIABLES LIKE '%read_only'\"";
  if (reason == "OFFLINE_MODE") return client + "\"SHOW VARIABLES LIKE 'offline_mode'\"";
  if (reason == "TLS_FAILED") return client + "\"SHOW VARIABLES LIKE '%ssl%'\"";
  if (reason == "REPLICA_STOPPED" || reason == "REPLICA_LAG") {
    return client + (is_maria ? "'SHOW ALL SLAVES STATUS\\G'" : "'SHOW REPLICA STATUS\\G'");
  }
  return "";
}

Lines ForMysql(const CommandContext& context) {
  const std::string& reason = context.lead.reason;
  const std::string& target = context.lead.check.target;
  const std::string name = ShellWord(target.substr(0, target.rfind(':')));
  if (reason == "DNS_FAILED") return {absl::StrCat("getent hosts ", name)};
  // Only on the database's own host are its units.
  const bool on_its_host = context.there || absl::StartsWith(target, "/");
  const Lines units = on_its_host ? UnitsBehind(context) : Lines{};
  const bool is_maria = std::any_of(units.begin(), units.end(),
                                    [](const std::string& unit) { return IsMariaDb(unit); });
  if (std::string ask = AskServer(reason, is_maria); !ask.empty()) {
    return {on_its_host ? ask : absl::StrCat(ask, "  # on the database's own host")};
  }
  const std::string port = PortOfTarget(target);
  if (!on_its_host) return {absl::StrCat("nc -vz -w 3 ", name, " ", ShellWord(port))};
  Lines lines;
  if (reason == "NO_GREETING") {
    lines.emplace_back("ps -o pid,stat,wchan:20,etime,cmd -C mysqld,mariadbd");
  } else if (!port.empty()) {
    lines.push_back(SocketsCommand(port));
  }
  for (const std::string& unit : units) {
    lines.insert(lines.end(), {StatusCommand(unit), JournalCommand(unit)});
  }
  if (lines.empty()) lines.push_back(absl::StrCat("sudo ss -xlp | grep ", ShellWord(target)));
  return lines;
}

// The certificate's file that ends when the served one does, on this host.
std::string FileOfServed(const CommandContext& context) {
  if (context.check == nullptr || context.host == nullptr) return "";
  const auto end = GaugeOf(*context.check, "certificate_not_after_timestamp_seconds");
  if (!end.has_value()) return "";
  for (const auto& [id, check] : context.host->checks) {
    if (id.kind != "certificate" || !absl::StartsWith(id.target, "/")) continue;
    for (const char* gauge : {"certificate_served_not_after_timestamp_seconds",
                              "certificate_not_after_timestamp_seconds"}) {
      if (GaugeOf(check, gauge) == end) return id.target;
    }
  }
  return "";
}

Lines ReloadLines(const CommandContext& context) {
  Lines lines;
  const Lines servers = context.host == nullptr ? Lines{} : WebServersOf(*context.host);
  for (const std::string& server : servers) lines.push_back(ReloadCommand(server));
  if (lines.empty()) lines.push_back("(then reload the server that uses it)");
  return lines;
}

Lines RenewLines(const CommandContext& context, const std::string& file) {
  // certbot keeps what it renews there, wherever else its configuration lies.
  Lines lines = {absl::StrContains(file, "/letsencrypt/")
                     ? "sudo certbot renew"
                     : absl::StrCat("(put a renewed certificate into ", ShellWord(file), ")")};
  for (std::string& line : ReloadLines(context)) lines.push_back(std::move(line));
  return lines;
}

std::string LookIntoFile(const std::string& file) {
  return absl::StrCat("sudo openssl x509 -noout -subject -issuer -dates -ext subjectAltName -in ",
                      ShellWord(file));
}

std::string LookAtServed(const std::string& endpoint) {
  return absl::StrCat("openssl s_client -connect ", ShellWord(endpoint),
                      " </dev/null | openssl x509 -noout -subject -issuer -dates");
}

Lines ForCertificate(const CommandContext& context) {
  const std::string& target = context.lead.check.target;
  const std::string& reason = context.lead.reason;
  const bool is_file = absl::StartsWith(target, "/");
  const std::string file = is_file ? target : FileOfServed(context);
  const std::string look = is_file ? LookIntoFile(target) : LookAtServed(target);
  if (reason == "EXPIRES_SOON" || reason == "EXPIRED" || reason == "RENEWAL_FAILING") {
    if (!file.empty()) return RenewLines(context, file);
    return {look, "(renew it where it is served, then reload that server)"};
  }
  if (reason == "SERVED_IS_OLDER") return ReloadLines(context);
  if (reason == "NOT_YET_VALID") return {"timedatectl", look};
  return {look};
}

// A page of its own host is asked there, whatever its name leads to, if anywhere (connect_to).
std::string WhereItConnects(const CommandContext& context) {
  if (context.check == nullptr || context.host == nullptr) return "";
  const std::string& address = context.check->remote_address;
  const bool is_loopback = absl::StartsWith(address, "127.") || address == "::1";
  const auto& own = context.host->addresses;
  const bool is_own = is_loopback || std::find(own.begin(), own.end(), address) != own.end();
  const std::string& target = context.lead.check.target;
  const bool is_said = absl::StrContains(target, address) ||
                       (is_loopback && absl::StrContains(target, "://localhost"));
  if (address.empty() || context.check->remote_port == 0 || !is_own || is_said) return "";
  const bool is_v6 = absl::StrContains(address, ":");
  return absl::StrCat("--connect-to ",
                      ShellWord(absl::StrCat("::", is_v6 ? "[" : "", address, is_v6 ? "]" : "", ":",
                                             context.check->remote_port)),
                      " ");
}

Lines ForHttp(const CommandContext& context) {
  const std::string& reason = context.lead.reason;
  Lines lines = {absl::StrCat("curl -sSik --max-time 10 ", WhereItConnects(context),
                              ShellWord(context.lead.check.target))};
  if (context.host == nullptr) return lines;
  if (reason == "TLS_FAILED") {
    const auto end = context.check == nullptr
                         ? std::nullopt
                         : GaugeOf(*context.check, "certificate_not_after_timestamp_seconds");
    const bool is_over =
        end.has_value() && *end * 1e9 <= static_cast<double>(context.check->observed.ns);
    const std::string file = FileOfServed(context);
    if (is_over && !file.empty()) return RenewLines(context, file);
    if (!file.empty()) return {LookIntoFile(file)};
    return lines;
  }
  const HostUnits units = UnitsOf(*context.host, context.lead.subject);
  // The application answered by itself: its web server is well.
  const bool app_answered = reason == "STATUS_OTHER" || reason == "BODY_MISMATCH";
  if (!app_answered) {
    for (const std::string& unit : units.web_servers) lines.push_back(StatusCommand(unit));
  }
  const bool is_web_servers = reason == "NO_HTTPS_REDIRECT" || reason == "BAD_ANSWER";
  for (size_t i = 0; i < units.others.size() && i < kMaxUnits && !is_web_servers; ++i) {
    if (!app_answered) lines.push_back(StatusCommand(units.others[i]));
    lines.push_back(JournalCommand(units.others[i]));
  }
  return lines;
}

}  // namespace

Lines ServiceCommands(const CommandContext& context) {
  const std::string& kind = context.lead.check.kind;
  if (kind == "unit") return ForUnit(context);
  if (kind == "listener") return ForListener(context);
  if (kind == "mysql") return ForMysql(context);
  if (kind == "certificate") return ForCertificate(context);
  if (kind == "http") return ForHttp(context);
  return {};
}

}  // namespace faultline::incidents
