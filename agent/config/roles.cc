#include "agent/config/roles.h"

namespace faultline::config {
namespace {

// What every Linux host is asked.
std::vector<RoleCheck> With(std::vector<RoleCheck> own) {
  for (const RoleCheck& common : std::vector<RoleCheck>{
           {"disk", "/"},
           {"memory", "system"},
           {"load", "system"},
           {"clock", "system"},
           {.kind = "bootstrap", .target = "cloud-init", .needs = "host.cloud_init"}}) {
    own.push_back(common);
  }
  return own;
}

Role App() {
  Role role{"app", "The host of the site: nginx with TLS in front of an application."};
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

// The database is for the application's hosts alone. No part of the subject "database": that it can
// be reached is no outage.
RoleCheck DatabaseClosed() {
  return {.kind = "exposure", .target = "{database.address}", .not_beside = {"app", "db"}};
}

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

Role Host() {
  Role role{"host", "Any Linux host: its disk, memory, load, clock and cloud-init."};
  role.checks = With({});
  return role;
}

}  // namespace

const std::vector<Role>& Roles() {
  static const auto& roles = *new std::vector<Role>{App(), Db(), Collector(), Outside(), Host()};
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

}  // namespace faultline::config
