#include "agent/init/derive.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/init/acceptance.h"
#include "agent/init/derivation.h"

namespace faultline::init {
namespace {

constexpr char kTokenFile[] = "/etc/faultline/join-token";

void Roles(const HostSeen& seen, Plan* plan) {
  if (!seen.sites.empty() && seen.sites.front().HasLocalApplication()) {
    const WebSite& site = seen.sites.front();
    plan->roles.push_back(
        {"app", absl::StrCat(site.where, " serves a site with an application behind it")});
  }
  if (seen.database.has_value()) {
    plan->roles.push_back({"db", seen.database->unit.where});
  }
  if (seen.collector.known()) plan->roles.push_back({"collector", seen.collector.where});
  if (plan->roles.empty()) {
    plan->roles.push_back({"host", "no application's site, database or collector was seen"});
  }
}

void Collector(const HostSeen& seen, const Wishes& wishes, Plan* plan) {
  if (!wishes.collector.empty()) {
    plan->collector.push_back({"address", wishes.collector, "from --collector"});
  } else if (seen.collector.known()) {
    plan->collector.push_back({"address", absl::StrCat("127.0.0.1:", kCollectorPort),
                               "the collector on this host; " + seen.collector.where});
  } else {
    plan->collector.push_back({"address", absl::StrCat("collector.example:", kCollectorPort),
                               "the collector's host, or run this with --collector HOST:PORT",
                               /*known=*/false});
    plan->to_do.push_back(
        "write collector.address, or run this again with --collector HOST:7443: no agent starts "
        "without it");
  }
  const bool given = !wishes.token_file.empty();
  plan->join.push_back({"token_file", given ? wishes.token_file : kTokenFile,
                        given ? "from --token-file"
                              : "one line that `faultline token create` "
                                "prints on the collector"});
  if (!wishes.host.empty()) plan->join.push_back({"host", wishes.host, "from --host"});
}

std::string Words(const WebSite& site) {
  std::string words = absl::StrCat(
      "site ", site.domain.known() ? site.domain.value : "without a name", " (", site.where, ")");
  if (site.application.known()) absl::StrAppend(&words, ", application ", site.application.value);
  if (site.tls.has_value()) absl::StrAppend(&words, ", TLS with ", site.certificate.value);
  return words;
}

void SayWhatWasFound(const HostSeen& seen, Plan* plan) {
  if (seen.nginx) plan->found.push_back(absl::StrCat("nginx (", seen.nginx_source, ")"));
  for (const WebSite& site : seen.sites) plan->found.push_back(Words(site));
  if (seen.database.has_value()) {
    plan->found.push_back(absl::StrCat("database ", seen.database->unit.value, ", port ",
                                       seen.database->port.value, " (", seen.database->port.where,
                                       ")"));
  }
  if (seen.database_address.known()) {
    plan->found.push_back(absl::StrCat("the application's database at ",
                                       seen.database_address.value, " (",
                                       seen.database_address.where, ")"));
  }
  if (seen.collector.known()) plan->found.push_back("the Faultline collector");
  for (const ServiceSeen& each : seen.services) {
    if (seen.database.has_value() && each.unit.value == seen.database->unit.value) continue;
    plan->found.push_back(absl::StrCat("service ", each.unit.value, " (", each.unit.where, ")"));
  }
}

void SayWhatIsClosed(const HostSeen& seen, Plan* plan) {
  for (const SiteCertificate& each : seen.certificates) {
    if (!each.closed) continue;
    plan->to_do.push_back(absl::StrCat(
        "let the agent's user read ", each.file,
        ": setfacl -m u:faultline-agent:x on the closed directories above it (docs/agent.md)"));
  }
}

}  // namespace

Plan DerivePlan(const HostSeen& seen, const Wishes& wishes) {
  Derivation derivation{.seen = seen, .plan = {}, .of_roles = {}};
  derivation.plan.left_out = seen.unused;
  Roles(seen, &derivation.plan);
  Collector(seen, wishes, &derivation.plan);
  DeriveSiteFacts(derivation);
  DeriveDatabaseFacts(derivation);
  for (const Seen& role : derivation.plan.roles) {
    RoleBrings brings = ChecksOfRole(role.value, derivation.plan);
    derivation.of_roles.merge(brings.ids);
    for (const Seen& each : brings.unusable) derivation.Disable(each.value, each.where);
  }
  DeriveSiteChecks(derivation);
  DeriveDatabaseChecks(derivation);
  DeriveServiceChecks(derivation);
  SayWhatWasFound(seen, &derivation.plan);
  SayWhatIsClosed(seen, &derivation.plan);
  return std::move(derivation.plan);
}

}  // namespace faultline::init
