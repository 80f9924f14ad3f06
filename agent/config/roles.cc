#include "agent/config/roles.h"

#include <algorithm>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace faultline::config {
namespace {

// What every Linux host of the stack is asked.
std::vector<RoleCheck> With(std::vector<RoleCheck> own) {
  for (const RoleCheck& common : std::vector<RoleCheck>{{"disk", "/"},
                                                        {"memory", "system"},
                                                        {"load", "system"},
                                                        {"clock", "system"},
                                                        {"bootstrap", "cloud-init"}}) {
    own.push_back(common);
  }
  return own;
}

Role App() {
  Role role{"app", "The host of the site: nginx with TLS in front of the Flask application."};
  role.checks = With({
      {"unit", "{site.unit}", "site"},
      {"unit", "nginx.service", "site"},
      // Over loopback: what is between the world and this host is the role outside's to see.
      {"http",
       "https://{site.domain}{site.health}",
       "site",
       {{"connect_to", "{site.address}:443"}, {"ca", "{site.ca}"}, {"body", "{site.health_body}"}}},
      {"http",
       "http://{site.domain}/",
       "site",
       {{"connect_to", "{site.address}:80"}, {"redirect_to_https", "true"}}},
      // Of the database, as the application meets it: only the application's own answers count,
      // since it cannot be asked while the site is down, and that is no outage of the database.
      {"http",
       "https://{site.domain}{site.db_check}",
       "database",
       {{"connect_to", "{site.address}:443"}, {"ca", "{site.ca}"}, {"only_answers", "true"}}},
      {"certificate",
       "{site.certificate}",
       "",
       {{"hostname", "{site.domain}"},
        {"served", "{site.address}:443"},
        {"served_name", "{site.domain}"},
        {"ca", "{site.ca}"},
        {"renewal", "{site.renewal}"}},
       "site.domain"},
      {"port", "{database.address}", "database"},
      {"ping", "{database.host}", "database"},
      {"route", "{database.host}", "database"},
      {"firewall", "{database.address}", "database"},
      {"mysql",
       "{database.address}",
       "database",
       {{"user", "{database.user}"}, {"password_file", "{database.password_file}"}},
       // Without a password every login would fail, and failed logins count against this host.
       "database.password_file"},
      {"log", "{site.unit}", "site"},
      {"log", "{site.error_log}", "site"},
      {"log", "{site.access_log}", "site"},
  });
  return role;
}

Role Db() {
  Role role{"db", "The host of the database: MySQL or MariaDB."};
  role.checks = With({
      {"unit", "{database.unit}", "database"},
      {"listener", "{database.port}", "database", {{"unit", "{database.unit}"}}},
      {"mysql",
       "{database.socket}",
       "database",
       {{"user", "{database.user}"},
        {"password_file", "{database.password_file}"},
        {"writable", "true"}},
       "database.password_file"},
      {"firewall", "{database.port}", "database"},
      {"log", "{database.unit}", "database"},
      {"log", "{database.error_log}", "database"},
      {"disk", "{database.datadir}", "database"},
  });
  return role;
}

// The database is for the application's hosts alone. A subject of its own: that it can be reached
// is no part of an outage.
RoleCheck DatabaseClosed() { return {"exposure", "{database.address}", "exposure"}; }

Role Collector() {
  Role role{"collector", "The host of the Faultline collector."};
  role.checks = With({
      {"unit", "faultline-collector.service"},
      {"listener", "7443", "", {{"unit", "faultline-collector.service"}}},
      {"listener", "127.0.0.1:7480", "", {{"unit", "faultline-collector.service"}}},
      {"http", "http://127.0.0.1:7480/healthz"},
      {"log", "faultline-collector.service"},
      {"disk", "/var/lib/faultline"},
      DatabaseClosed(),
  });
  return role;
}

Role Outside() {
  return {"outside",
          "A host elsewhere that looks at the site as the world does, over its public name.",
          {
              {"http",
               "https://{site.domain}{site.health}",
               "site",
               {{"ca", "{site.ca}"}, {"body", "{site.health_body}"}}},
              {"http", "http://{site.domain}/", "site", {{"redirect_to_https", "true"}}},
              {"certificate", "{site.domain}:443", "", {{"served_name", "{site.domain}"}}},
              {"port", "{site.domain}:443", "site"},
              {"ping", "{site.domain}", "site"},
              DatabaseClosed(),
              {"clock", "system"},
          }};
}

}  // namespace

const std::vector<Role>& Roles() {
  static const auto& roles = *new std::vector<Role>{App(), Db(), Collector(), Outside()};
  return roles;
}

const Role* FindRole(const std::string& name) {
  for (const Role& role : Roles()) {
    if (role.name == name) return &role;
  }
  return nullptr;
}

std::vector<std::string> RoleNames() {
  std::vector<std::string> names;
  for (const Role& role : Roles()) names.push_back(role.name);
  return names;
}

RoleChecks ExpandRole(const Role& role, const Facts& facts, int line) {
  RoleChecks out;
  std::map<std::string, std::vector<std::string>> left_out;  // by the missing fact
  for (const RoleCheck& each : role.checks) {
    CheckConfig check;
    std::string missing;
    const bool known = FillIn(each.target, facts, &check.id.target, &missing);
    if (known && !each.needs.empty() && !facts.values.contains(each.needs)) missing = each.needs;
    if (!missing.empty()) {
      // An optional log is not worth a word.
      if (missing != "database.error_log") {
        left_out[missing].push_back(absl::StrCat(each.kind, ":", each.target));
      }
      continue;
    }
    check.id.kind = each.kind;
    check.subject = each.subject;
    check.line = line;
    check.place = absl::StrCat("role ", role.name, ": ", check.id.ToString());
    for (const auto& [name, value] : each.options) {
      OptionValue option{.line = line};
      option.values.emplace_back();
      if (FillIn(value, facts, &option.values[0], &missing)) check.options[name] = option;
    }
    const bool repeats = std::any_of(out.checks.begin(), out.checks.end(),
                                     [&](const auto& other) { return other.id == check.id; });
    if (!repeats) out.checks.push_back(std::move(check));
  }
  for (const auto& [fact, checks] : left_out) {
    const size_t dot = fact.find('.');
    // A part of the address.
    const std::string given = fact == "database.host" ? "address" : fact.substr(dot + 1);
    out.notes.push_back(absl::StrCat("role ", role.name, " leaves out ",
                                     absl::StrJoin(checks, ", "), ": it does not know ", fact,
                                     "; write ", fact.substr(0, dot), ": {", given, ": ...}"));
  }
  return out;
}

}  // namespace faultline::config
