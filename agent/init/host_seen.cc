#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/host/host_facts.h"
#include "agent/init/application_unit.h"
#include "agent/init/host_seen.h"
#include "agent/init/nginx_look.h"
#include "agent/init/unit_file.h"
#include "common/text.h"

namespace faultline::init {
namespace {

constexpr char kCollectorUnit[] = "faultline-collector.service";

// Servers that no role knows, by what their units are called in Debian and Ubuntu, with the log
// that they write beside the journal.
struct KnownServer {
  const char* unit;
  const char* log;
};
constexpr KnownServer kKnownServers[] = {
    {"apache2.service", "/var/log/apache2/error.log"},
    {"redis-server.service", "/var/log/redis/redis-server.log"},
    {"valkey-server.service", ""},
    {"memcached.service", ""},
    {"rabbitmq-server.service", ""},
    {"haproxy.service", ""},
    {"caddy.service", ""},
    {"docker.service", ""}};

Seen IfThere(const HostFiles& files, const Seen& log) {
  return files.IsFile(log.value) ? log : Seen{};
}

// Whether the cgroups of services can be seen, and with them what runs.
bool KnowsWhatRuns(const HostFiles& files) {
  return files.Exists("/sys/fs/cgroup/system.slice") ||
         files.Exists("/sys/fs/cgroup/unified/system.slice") ||
         files.Exists("/sys/fs/cgroup/systemd/system.slice");
}

// Installed, but neither started at boot nor running. Noted.
bool IsUnused(HostFiles& files, const std::string& name, HostSeen* seen) {
  const std::optional<UnitFile> unit = ReadUnit(files, name);
  const bool listens = std::any_of(
      seen->listeners.begin(), seen->listeners.end(),
      [&](const Listener& each) { return unit.has_value() && each.unit == unit->name; });
  if (!unit.has_value() || !unit->enabled.empty() || unit->running || listens ||
      !KnowsWhatRuns(files)) {
    return false;
  }
  seen->unused.push_back(
      absl::StrCat(unit->name, " (", unit->where(), "): neither enabled nor running"));
  return true;
}

ServiceSeen Service(const HostFiles& files, const UnitFile& unit) {
  ServiceSeen service{.unit = {unit.name, unit.where()},
                      .running = unit.running,
                      .passing = unit.oneshot && !unit.remains};
  // What a timer starts ends as well.
  if (files.Exists(absl::StrCat("/etc/systemd/system/", absl::StripSuffix(unit.name, ".service"),
                                ".timer"))) {
    service.passing = true;
  }
  if (!unit.enabled.empty()) absl::StrAppend(&service.unit.where, ", enabled");
  if (!unit.running && !unit.oneshot && KnowsWhatRuns(files)) {
    absl::StrAppend(&service.unit.where, ", not running now");
  }
  for (const Seen& log : unit.log_files) {
    if (const Seen there = IfThere(files, log); there.known()) service.log_files.push_back(there);
  }
  return service;
}

// Debian's postgresql.service does nothing; the servers are its instances, which a generator wants.
std::set<std::string> PostgresqlInstances(HostFiles& files, const HostSeen& seen) {
  std::set<std::string> names;
  for (const Listener& each : seen.listeners) {
    if (absl::StartsWith(each.unit, "postgresql@")) names.insert(each.unit);
  }
  for (const std::string& name : files.List("/run/systemd/generator/postgresql.service.wants")) {
    if (absl::StartsWith(name, "postgresql@")) names.insert(name);
  }
  return names;
}

void FindServices(HostFiles& files, const std::vector<UnitFile>& units, HostSeen* seen) {
  const auto has = [&](const std::string& name) {
    return std::any_of(seen->services.begin(), seen->services.end(),
                       [&](const ServiceSeen& each) { return each.unit.value == name; });
  };
  for (const UnitFile& unit : units) {
    if (!has(unit.name)) seen->services.push_back(Service(files, unit));
  }
  for (const std::string& name : PostgresqlInstances(files, *seen)) {
    const std::optional<UnitFile> unit = ReadUnit(files, name);
    if (unit.has_value()) seen->services.push_back(Service(files, *unit));
  }
  for (const KnownServer& known : kKnownServers) {
    std::optional<UnitFile> unit = ReadUnit(files, known.unit);
    if (!unit.has_value() || (unit->enabled.empty() && !unit->running) || has(unit->name)) continue;
    if (known.log[0] != '\0') unit->log_files.push_back({known.log, unit->where()});
    seen->services.push_back(Service(files, *unit));
  }
}

void TakeDatabase(DatabaseSeen found, HostSeen* seen) {
  seen->database_address = std::move(found.address);
  if (!seen->database_hint.known()) seen->database_hint = std::move(found.hint);
}

void FindApplications(HostFiles& files, const std::vector<UnitFile>& units, HostSeen* seen) {
  for (WebSite& site : seen->sites) {
    site.access_log = IfThere(files, site.access_log);
    site.error_log = IfThere(files, site.error_log);
    for (const Seen& upstream : site.upstreams) {
      if (site.application.known() || !IsLocalUpstream(upstream.value)) continue;
      site.application = FindApplicationUnit(files, upstream.value, units, seen->listeners);
      if (site.application.known()) {
        absl::StrAppend(&site.application.where, "; behind ", upstream.where);
      }
    }
    if (!site.application.known()) continue;
    const std::optional<UnitFile> unit = ReadUnit(files, site.application.value);
    if (unit.has_value() && !seen->database_address.known()) {
      TakeDatabase(FindDatabase(files, *unit), seen);
    }
  }
  for (const UnitFile& unit : units) {
    if (!seen->database_address.known()) TakeDatabase(FindDatabase(files, unit), seen);
  }
}

}  // namespace

HostSeen LookAtHost(const LookOptions& options) {
  HostFiles files(options.root);
  HostSeen seen;
  std::string problem;
  seen.listeners = options.listeners.has_value() ? *options.listeners : FindListeners(&problem);
  if (!problem.empty()) seen.unseen.push_back(absl::StrCat("listeners: ", problem));

  NginxSeen nginx;
  if (!IsUnused(files, kNginxUnit, &seen)) nginx = LookAtNginx(files, options.nginx_dump);
  seen.nginx = nginx.present;
  seen.nginx_source = nginx.source;
  seen.unseen.insert(seen.unseen.end(), nginx.problems.begin(), nginx.problems.end());
  seen.certificates = FindCertificates(files, nginx.sites);
  for (const SiteCertificate& each : seen.certificates) {
    if (!each.problem.empty()) seen.unseen.push_back(each.problem);
  }
  seen.sites = JoinSites(nginx.sites, seen.certificates);

  const std::vector<UnitFile> units = AdministratorUnits(files);
  FindApplications(files, units, &seen);
  FindServices(files, units, &seen);
  seen.database = FindDatabaseServer(files, seen.listeners);
  if (seen.database.has_value() && IsUnused(files, seen.database->unit.value, &seen)) {
    seen.database.reset();
  }
  if (files.Exists(kDatabasePasswordFile))
    seen.database_password = {kDatabasePasswordFile, "the file is there"};
  if (const auto unit = ReadUnit(files, kCollectorUnit);
      unit.has_value() && !IsUnused(files, kCollectorUnit, &seen)) {
    seen.collector = {unit->name, unit->where()};
  }
  if (options.root.empty()) seen.addresses = host::HostAddresses();
  if (options.ask_sites) seen.answers = AskSites(seen.sites);
  for (const std::string& each : files.unseen()) {
    seen.unseen.push_back(CleanText(each, 300));
  }
  return seen;
}

}  // namespace faultline::init
