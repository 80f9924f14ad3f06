#include "agent/checks/log_pattern_sets.h"

#include <array>
#include <cctype>

namespace faultline::checks {
namespace {

const std::vector<PatternSet>& Sets() {
  static const auto& sets = *new std::vector<PatternSet>{
      {"generic",
       {
           // ERROR, [ERROR] (MySQL, gunicorn), |CRITICAL|, FATAL: (PostgreSQL); a whole upper-case
           // word
           {"level",
            R"((?:^|[\s\[(|:<"])(?:ERROR|CRITICAL|FATAL|EMERG|EMERGENCY|ALERT|PANIC|SEVERE)(?:[\s\])|:>,"]|$))"},
           // nginx and Apache: [error], [crit], [core:error]
           {"bracketed_level", R"(\[(?:[a-z_]+:)?(?:error|crit|alert|emerg|fatal)\])"},
           // level=error, "severity": "fatal"
           {"level_field",
            R"((?i)\b(?:level|lvl|severity|levelname)["']?\s*[=:]\s*["']?(?:error|err|critical|crit|fatal|alert|emerg|panic)\b)"},
           {"traceback", R"(Traceback \(most recent call last\))"},
           // sqlalchemy.exc.OperationalError: (2003, "Can't connect ...")
           {"exception", R"((?:^|\s)(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)(?::\s|$))"},
           {"error_prefix", R"((?:^|\s)(?:[Ee]rror|[Ff]atal|[Ff]atal error):\s)"},
           {"crash",
            R"((?i)\bsegmentation fault\b|\bsegfault at\b|\bcore dumped\b|\bout of memory\b|\boom-kill)"},
       },
       {}},
      {"python",
       {
           // The numbers of MySQL's client and server: refused, denied, too many, lost.
           {"db_error",
            R"(Can't connect to (?:MySQL|MariaDB|local MySQL) server|\((?:1040|1044|1045|1049|1129|1130|1290|2002|2003|2005|2006|2013|2026)[,)])"},
           {"worker_timeout", R"(\bWORKER TIMEOUT\b)"},
           {"worker_boot", R"(Worker failed to boot|Exception in worker process)"},
           {"worker_killed",
            R"(was sent SIGKILL!|was terminated due to signal (?:4|6|7|8|9|11)\b)"},
       },
       {}},
      {"nginx",
       {
           {"upstream_timeout", R"(\bupstream timed out\b)"},
           {"upstream_refused", R"(connect\(\) (?:to unix:\S+ )?failed \()"},
           {"no_live_upstreams", R"(\bno live upstreams\b)"},
           {"upstream_broken",
            R"(upstream prematurely closed connection|upstream sent (?:invalid|too big|no valid))"},
           {"bind_failed", R"(\bbind\(\) to \S+ failed|still could not bind)"},
       },
       // What strangers ask for, and what the allow list keeps out.
       {R"(open\(\) "[^"]*" failed \(2: No such file or directory\), client:)",
        R"(access forbidden by rule, client:)", R"(is forbidden \(13: [^)]*\), client:)",
        R"(directory index of "[^"]*" is forbidden, client:)",
        R"(SSL_do_handshake\(\) failed .*while SSL handshaking, client:)"}},
      // Common and combined log format: "GET / HTTP/1.1" 502 157
      {"access", {{"http_5xx", R"("[A-Z]{3,10} [^"]*" 5\d\d (?:\d+|-))"}}, {}},
      {"mysql",
       {
           {"innodb", R"(\[ERROR\] (?:\[MY-\d+\] )?(?:\[InnoDB\]|InnoDB:))"},
           {"access_denied", R"(Access denied for user)"},
           {"too_many_connections", R"(Too many connections)"},
           {"host_blocked", R"(is blocked because of many connection errors)"},
           {"crash", R"(\bgot signal \d+ ;|\bmarked as crashed\b)"},
           {"disk_full", R"(Disk is full writing|No space left on device)"},
       },
       {}},
      {"certbot",
       {
           {"renewal_failed",
            R"(Failed to renew certificate|could not be renewed|\d+ renew failure|[Aa]ll renewals failed)"},
           {"challenge_failed",
            R"(Some challenges have failed|Challenge failed for domain|Certbot failed to authenticate)"},
           {"hook_failed", R"([Hh]ook '[^']*' (?:reported error code|ran with error))"},
       },
       {}},
      {"cloud_init",
       {
           {"user_data_failed",
            R"(Failed running |Failed to run module|Running module \S+ .*failed|Failed to start cloud-final)"},
           {"apt_failed", R"(^E: )"},
           {"command_not_found", R"(: command not found$)"},
       },
       {}},
      {"kernel",
       {
           {"oom", R"((?i)\bout of memory\b|\boom-kill|\binvoked oom-killer\b)"},
           {"io_error", R"(\bI/O error\b|\bEXT4-fs error\b|\bXFS \([^)]*\): .*[Cc]orruption)"},
           {"remounted_read_only", R"([Rr]emounting filesystem read-only)"},
           {"hung_task", R"(blocked for more than \d+ seconds)"},
       },
       {}},
      // What systemd itself says of a unit, in that unit's journal.
      {"systemd",
       {
           {"unit_failed",
            R"(: Failed with result '|^Failed to start |: Start request repeated too quickly|killed by the OOM killer)"},
       },
       {}},
  };
  return sets;
}

bool HasWord(const std::string& text, std::string_view word) {
  return text.find(word) != std::string::npos;
}

}  // namespace

const PatternSet* FindPatternSet(std::string_view name) {
  for (const PatternSet& set : Sets()) {
    if (set.name == name) return &set;
  }
  return nullptr;
}

std::string PatternSetNames() {
  std::string names;
  for (const PatternSet& set : Sets()) {
    if (!names.empty()) names += ", ";
    names += set.name;
  }
  return names;
}

std::vector<std::string> PatternSetsFor(std::string_view target) {
  struct Clue {
    const char* word;
    const char* set;
  };
  constexpr std::array<Clue, 15> kClues = {{{"nginx", "nginx"},
                                            {"mysql", "mysql"},
                                            {"mariadb", "mysql"},
                                            {"flask", "python"},
                                            {"gunicorn", "python"},
                                            {"uwsgi", "python"},
                                            {"celery", "python"},
                                            {"certbot", "certbot"},
                                            {"letsencrypt", "certbot"},
                                            {"cloud-init", "cloud_init"},
                                            {"cloud-final", "cloud_init"},
                                            {"kern", "kernel"},
                                            {"syslog", "kernel"},
                                            {"messages", "kernel"},
                                            {"dmesg", "kernel"}}};
  std::string lower(target);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const bool is_file = !lower.empty() && lower[0] == '/';
  // Requests may hold any word: only their status counts.
  if (is_file && HasWord(lower.substr(lower.rfind('/')), "access")) return {"access"};
  std::vector<std::string> sets;
  for (const Clue& clue : kClues) {
    if (HasWord(lower, clue.word) && (sets.empty() || sets.back() != clue.set)) {
      sets.emplace_back(clue.set);
    }
  }
  if (!is_file) sets.emplace_back("systemd");
  sets.emplace_back("generic");
  return sets;
}

const std::vector<const char*>& OwnTraces() {
  static const auto& traces = *new std::vector<const char*>{
      // User-Agent of the http check in access logs, and its requests in nginx's error log.
      R"("faultline-agent/|\bUser-Agent: faultline-agent/)",
      // The mysql check's own login, wrong or broken off.
      R"((?:Access denied for user|Aborted connection .*user:) 'faultline')",
      // Half-open probes and port checks that say nothing.
      R"(user: 'unauthenticated' host: .*(?:closed normally without authentication|Got an error reading communication packets))"};
  return traces;
}

}  // namespace faultline::checks
