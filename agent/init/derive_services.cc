// What follows from the services and listeners that no role knows.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/init/derivation.h"

namespace faultline::init {
namespace {

// Ports above this are given out for a connection or a moment.
constexpr uint16_t kFirstPassingPort = 32768;

bool IsFaultlines(const std::string& unit) { return absl::StartsWith(unit, "faultline-"); }

// A person's own session: what runs there comes and goes with them.
bool IsSession(const std::string& unit) { return absl::StartsWith(unit, "user@"); }

// Watched by a role.
bool IsCovered(const HostSeen& seen, const std::string& unit) {
  return IsFaultlines(unit) || (seen.database.has_value() && unit == seen.database->unit.value);
}

// What is behind a site, or before it, belongs to the site's incidents.
std::vector<PlannedOption> SubjectOf(const HostSeen& seen, const std::string& unit) {
  const bool of_site = (seen.nginx && unit == kNginxUnit) ||
                       std::any_of(seen.sites.begin(), seen.sites.end(), [&](const WebSite& site) {
                         return site.application.known() && site.application.value == unit;
                       });
  if (!of_site) return {};
  return {{"subject", "site"}};
}

std::map<uint16_t, std::vector<Listener>> ByPort(const std::vector<Listener>& listeners) {
  std::map<uint16_t, std::vector<Listener>> by_port;
  for (const Listener& each : listeners) by_port[each.port].push_back(each);
  return by_port;
}

bool IsReachable(const std::vector<Listener>& same_port) {
  return std::any_of(same_port.begin(), same_port.end(),
                     [](const Listener& each) { return !each.address.is_loopback(); });
}

// A site on it is asked for a page, which says more than that somebody listens.
bool IsAskedPort(const HostSeen& seen, uint16_t port) {
  return std::any_of(seen.sites.begin(), seen.sites.end(), [&](const WebSite& site) {
    return site.domain.known() && ((site.tls.has_value() && site.tls->port == port) ||
                                   (site.plain.has_value() && site.plain->port == port));
  });
}

// Where no owner is known, the port says whose it is.
bool IsPortOfCovered(const HostSeen& seen, uint16_t port) {
  if (seen.database.has_value() && seen.database->port.value == absl::StrCat(port)) return true;
  return seen.collector.known() && (port == 7443 || port == 7444 || port == 7480);
}

void AddListener(Derivation& derivation, const std::vector<Listener>& same_port) {
  const Listener& first = same_port.front();
  PlannedCheck check{"listener", ListenerTarget(same_port), SubjectOf(derivation.seen, first.unit),
                     first.where()};
  if (!first.unit.empty()) check.options.push_back({"unit", first.unit});
  derivation.Add(std::move(check));
}

void AddService(Derivation& derivation, const ServiceSeen& service) {
  const std::string& unit = service.unit.value;
  if (service.passing) {
    derivation.plan.left_out.push_back(absl::StrCat(
        unit, " (", service.unit.where,
        "): it does its work and ends, so that a check of its state would always complain"));
    return;
  }
  const std::vector<PlannedOption> subject = SubjectOf(derivation.seen, unit);
  derivation.Add({"unit", unit, subject, service.unit.where});
  derivation.Add({"log", unit, subject, "its journal"});
  for (const Seen& log : service.log_files) derivation.Add({"log", log.value, subject, log.where});
  std::vector<Listener> own;
  for (const Listener& each : derivation.seen.listeners) {
    if (each.unit == unit) own.push_back(each);
  }
  for (const auto& [port, listeners] : ByPort(own)) {
    if (port < kFirstPassingPort) AddListener(derivation, listeners);
  }
}

}  // namespace

void DeriveServiceChecks(Derivation& derivation) {
  const HostSeen& seen = derivation.seen;
  for (const ServiceSeen& service : seen.services) {
    if (!IsCovered(seen, service.unit.value)) AddService(derivation, service);
  }
  for (const auto& [port, listeners] : ByPort(seen.listeners)) {
    const std::string& unit = listeners.front().unit;
    if (!IsReachable(listeners) || IsCovered(seen, unit)) continue;
    if (unit.empty() && IsPortOfCovered(seen, port)) continue;
    if ((unit.empty() || unit == kNginxUnit) && IsAskedPort(seen, port)) continue;
    if (IsSession(unit) || (unit.empty() && port >= kFirstPassingPort)) {
      derivation.plan.left_out.push_back(
          absl::StrCat("listener on port ", port, " (", listeners.front().where(), "): ",
                       IsSession(unit) ? "of a person's session"
                                       : "no unit owns it, and the port "
                                         "is one that is given out for a "
                                         "moment"));
      continue;
    }
    if (!unit.empty()) derivation.Add({"unit", unit, {}, listeners.front().where()});
    AddListener(derivation, listeners);
  }
}

}  // namespace faultline::init
