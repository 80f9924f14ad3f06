// What follows from the database: its own host's facts and checks, and the way of the application
// to one elsewhere.
#include <algorithm>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "agent/host/endpoint.h"
#include "agent/init/database_client.h"
#include "agent/init/derivation.h"

namespace faultline::init {
namespace {

constexpr char kUsualPort[] = "3306";

bool IsLoopbackOnly(const DatabaseServer& server) {
  return !server.listeners.empty() &&
         std::all_of(server.listeners.begin(), server.listeners.end(),
                     [](const Listener& each) { return each.address.is_loopback(); });
}

// Under which address others reach it; its port is what counts here.
std::string OwnAddress(const HostSeen& seen, const DatabaseServer& server) {
  int port = 0;
  if (!absl::SimpleAtoi(server.port.value, &port)) return "";
  for (const Listener& each : server.listeners) {
    if (!each.address.is_any() && !each.address.is_loopback()) {
      return host::FormatEndpoint(each.address, each.port);
    }
  }
  const std::string own =
      seen.addresses.empty() || IsLoopbackOnly(server) ? "127.0.0.1" : seen.addresses.front();
  const auto address = host::ParseIpAddress(own);
  return address.has_value() ? host::FormatEndpoint(*address, static_cast<uint16_t>(port)) : "";
}

void AddressFact(Derivation& derivation) {
  const HostSeen& seen = derivation.seen;
  std::vector<FactLine>* facts = &derivation.plan.database;
  const bool of_another_host =
      seen.database_address.known() &&
      !(seen.database.has_value() && IsLoopbackAddress(seen.database_address.value));
  if (of_another_host && derivation.HasRole("app")) {
    derivation.Fact(facts, "address", seen.database_address);
  } else if (seen.database.has_value() && seen.database->port.value != kUsualPort) {
    derivation.Fact(facts, "address",
                    {OwnAddress(seen, *seen.database), seen.database->port.where});
  } else if (derivation.HasRole("app") && !seen.database.has_value()) {
    const WebSite& site = *derivation.AppSite();
    const Seen& hint = seen.database_hint;
    const std::string why =
        hint.known() ? absl::StrCat(hint.value, " (", hint.where, ")")
                     : absl::StrCat(site.application.known() ? site.application.value : "its unit",
                                    " does not say it");
    derivation.UnknownFact(
        facts, "address", "10.0.2.10:3306",
        absl::StrCat("host:port as the application reaches its MySQL or MariaDB; ", why,
                     ". Remove this line if it has none"));
    derivation.plan.to_do.push_back(
        "write database.address, if the application has a MySQL or MariaDB: nothing here says "
        "where");
  }
}

void PasswordFact(Derivation& derivation) {
  std::vector<FactLine>* facts = &derivation.plan.database;
  if (derivation.seen.database_password.known()) {
    derivation.Fact(facts, "password_file", derivation.seen.database_password);
    return;
  }
  derivation.UnknownFact(facts, "password_file", kDatabasePasswordFile,
                         "the password of a database user that may do nothing, to log in and look: "
                         "docs/install-by-hand.md says how to make one");
  derivation.plan.to_do.push_back(
      absl::StrCat("make the monitoring user's ", kDatabasePasswordFile, " and write ",
                   "database.password_file: without it nobody logs in to look"));
}

}  // namespace

void DeriveDatabaseFacts(Derivation& derivation) {
  if (!derivation.HasRole("app") && !derivation.HasRole("db")) return;
  std::vector<FactLine>* facts = &derivation.plan.database;
  AddressFact(derivation);
  PasswordFact(derivation);
  if (!derivation.HasRole("db")) return;
  const DatabaseServer& server = *derivation.seen.database;
  derivation.Fact(facts, "unit", server.unit);
  derivation.Fact(facts, "socket", server.socket);
  derivation.Fact(facts, "datadir", server.datadir);
  derivation.Fact(facts, "error_log", server.error_log);
}

void DeriveDatabaseChecks(Derivation& derivation) {
  if (!derivation.HasRole("db")) return;
  const DatabaseServer& server = *derivation.seen.database;
  const std::string& port = server.port.value;
  if (!server.networking) {
    derivation.Disable("listener:" + port,
                       "the server listens on its socket only (skip-networking)");
    derivation.Disable("firewall:" + port, "nobody reaches it over the network");
  } else if (IsLoopbackOnly(server)) {
    const std::string where = server.listeners.front().where();
    derivation.Disable("listener:" + port, where);
    derivation.Disable("firewall:" + port, "nobody reaches it over the network: it " + where);
    derivation.Add({"listener",
                    ListenerTarget(server.listeners),
                    {{"unit", server.unit.value}, {"subject", "database"}},
                    where});
  }
}

}  // namespace faultline::init
