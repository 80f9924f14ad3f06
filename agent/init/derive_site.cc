// What follows from the sites: facts of role app, and checks of what it does not cover.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/config/facts.h"
#include "agent/host/endpoint.h"
#include "agent/init/acceptance.h"
#include "agent/init/derivation.h"

namespace faultline::init {
namespace {

constexpr uint16_t kHttps = 443;
constexpr uint16_t kHttp = 80;

const SiteAnswer* FindAnswer(const HostSeen& seen, const std::string& url) {
  const auto found = seen.answers.find(url);
  return found == seen.answers.end() ? nullptr : &found->second;
}

std::string DefaultOf(const std::string& fact) {
  for (const config::FactDeclaration& each : config::FactDeclarations()) {
    if (each.name == fact) return each.default_value;
  }
  return "";
}

// Role app asks one IPv4 address, on the usual ports.
bool RoleCanAsk(const WebSite& site, bool tls) {
  const std::optional<NginxListen>& listen = tls ? site.tls : site.plain;
  const std::string address = site.Address(tls);
  return listen.has_value() && listen->port == (tls ? kHttps : kHttp) &&
         address.find(':') == std::string::npos &&
         (!site.tls.has_value() || address == site.Address(true));
}

std::string ConnectTo(const WebSite& site, bool tls) {
  const auto address = host::ParseIpAddress(site.Address(tls));
  return host::FormatEndpoint(*address, tls ? site.tls->port : site.plain->port);
}

// An authority that is not public: the certificate is its own, or a person has to say it.
bool IsSelfSigned(const HostSeen& seen, const WebSite& site) {
  const SiteCertificate* file = FindCertificate(seen.certificates, site.certificate.value);
  const SiteAnswer* answer = FindAnswer(seen, SiteUrl(site, true, "/"));
  return (file != nullptr && file->self_signed) || (answer != nullptr && answer->self_signed);
}

// What the page answers with now counts as right, unless that is plainly an outage.
bool IsAnswerOfAWellSite(const SiteAnswer* answer) {
  return answer != nullptr && answer->status >= 200 && answer->status < 500;
}

PlannedCheck HttpCheck(const HostSeen& seen, const WebSite& site, bool tls) {
  const std::string url = SiteUrl(site, tls, "/");
  const SiteAnswer* answer = FindAnswer(seen, url);
  PlannedCheck check{"http", url, {{"connect_to", ConnectTo(site, tls)}, {"subject", "site"}}, ""};
  check.comment = tls ? site.tls->where : site.plain->where;
  absl::StrAppend(&check.comment, "; it ",
                  answer == nullptr ? "was not asked" : answer->Words() + " now");
  if (!tls && site.redirects && site.tls.has_value() && site.tls->port == kHttps) {
    check.options.push_back({"redirect_to_https", "true"});
  } else if (IsAnswerOfAWellSite(answer) && answer->status != 200) {
    check.options.push_back({"status", absl::StrCat(answer->status), /*is_list=*/true});
  }
  if (tls && IsSelfSigned(seen, site)) check.options.push_back({"ca", site.certificate.value});
  return check;
}

PlannedCheck CertificateCheck(const HostSeen& seen, const WebSite& site) {
  PlannedCheck check{"certificate", site.certificate.value, {}, site.certificate.where};
  check.options.push_back({"hostname", site.domain.value});
  check.options.push_back({"served", ConnectTo(site, true)});
  check.options.push_back({"served_name", site.domain.value});
  if (IsSelfSigned(seen, site)) check.options.push_back({"ca", site.certificate.value});
  const SiteCertificate* file = FindCertificate(seen.certificates, site.certificate.value);
  if (file != nullptr && !file->renewal.empty()) {
    check.options.push_back({"renewal", file->renewal});
  }
  return check;
}

void HealthFacts(Derivation& derivation, const WebSite& site) {
  const std::string url = SiteUrl(site, true, "/");
  const SiteAnswer* answer = FindAnswer(derivation.seen, url);
  Seen health{"/", absl::StrCat(url, " was not asked")};
  if (answer != nullptr) health.where = absl::StrCat(url, " ", answer->Words(), " now");
  if (answer != nullptr) {
    const std::string path = RedirectedPath(site, *answer);
    const SiteAnswer* second =
        path.empty() ? nullptr : FindAnswer(derivation.seen, SiteUrl(site, true, path));
    const bool taken =
        second != nullptr && FaultOfCheck({"http", SiteUrl(site, true, path), {}, ""}).empty();
    if (taken && second->status == 200) {
      health.value = path;
      absl::StrAppend(&health.where, ", which ", second->Words());
      answer = second;
    }
  }
  derivation.Fact(&derivation.plan.site, "health", health);
  if (answer != nullptr && answer->says_ok) {
    derivation.Fact(&derivation.plan.site, "health_body",
                    {R"("status"\s*:\s*"ok")", "what the page says now"});
    return;
  }
  derivation.UnknownFact(&derivation.plan.site, "health_body", "all is well",
                         "a pattern that only a healthy page has; without it any body is well");
  if (answer == nullptr || answer->status == 0 || answer->status >= 500) {
    derivation.plan.to_do.push_back(absl::StrCat(
        "look at ", url, ": it ", answer == nullptr ? "was not asked" : answer->Words(),
        "; the configuration expects 200 of it (site.health)"));
  }
}

void CertificateFacts(Derivation& derivation, const WebSite& site) {
  derivation.Fact(&derivation.plan.site, "certificate", site.certificate);
  const SiteAnswer* answer = FindAnswer(derivation.seen, SiteUrl(site, true, "/"));
  if (IsSelfSigned(derivation.seen, site)) {
    derivation.Fact(&derivation.plan.site, "ca",
                    {site.certificate.value, "the certificate is its own authority"});
  } else if (answer != nullptr && answer->untrusted) {
    derivation.UnknownFact(&derivation.plan.site, "ca", "/etc/ssl/certs/our-authority.pem",
                           "nobody here trusts the certificate's authority: write its PEM file, or "
                           "the checks of the site will say TLS_FAILED");
    derivation.plan.to_do.push_back("write site.ca: the site's authority is not trusted here");
  }
}

// What role app brings and this site does not have.
void DisableForSite(Derivation& derivation, const WebSite& site) {
  const std::string domain = site.domain.value;
  if (!RoleCanAsk(site, true)) {
    const std::string why = "the role asks port 443 of an IPv4 address, and the site is not there";
    derivation.DisableAll("http:https://", why);
    derivation.DisableAll("certificate:", why);
  }
  if (!RoleCanAsk(site, false) || !site.redirects || !RoleCanAsk(site, true)) {
    derivation.Disable(absl::StrCat("http:http://", domain, "/"),
                       site.plain.has_value()
                           ? absl::StrCat("it is not sent on to https:// (", site.plain->where, ")")
                           : "nginx does not answer this name without TLS");
  }
  if (!site.error_log.known()) {
    derivation.Disable("log:" + DefaultOf("site.error_log"), "the site writes no such file");
  }
}

void ChecksOfSite(Derivation& derivation, const WebSite& site, bool is_app_site) {
  if (site.domain.known()) {
    // Of the application's site on 443 the role asks.
    const bool asked = is_app_site && RoleCanAsk(site, true);
    if (site.tls.has_value() && !asked) derivation.Add(HttpCheck(derivation.seen, site, true));
    if (site.plain.has_value() && !(asked && site.redirects)) {
      derivation.Add(HttpCheck(derivation.seen, site, false));
    }
    if (site.tls.has_value() && site.certificate.known()) {
      derivation.Add(CertificateCheck(derivation.seen, site));
    }
  }
  if (site.application.known()) {
    derivation.Add({"unit", site.application.value, {{"subject", "site"}}, site.application.where});
    derivation.Add({"log", site.application.value, {{"subject", "site"}}, site.application.where});
  }
  for (const Seen& log : {site.error_log, site.access_log}) {
    if (log.known()) derivation.Add({"log", log.value, {{"subject", "site"}}, log.where});
  }
  for (const Seen& upstream : site.upstreams) {
    if (IsLocalUpstream(upstream.value)) continue;
    const bool has_port = host::ParseHostPort(upstream.value).ok();
    derivation.Add({"port",
                    has_port ? upstream.value : absl::StrCat(upstream.value, ":80"),
                    {{"subject", "site"}},
                    upstream.where});
  }
}

}  // namespace

void DeriveSiteFacts(Derivation& derivation) {
  const WebSite* site = derivation.AppSite();
  if (site == nullptr) return;
  std::vector<FactLine>* facts = &derivation.plan.site;
  if (site->domain.known()) {
    derivation.Fact(facts, "domain", site->domain);
  } else {
    derivation.UnknownFact(
        facts, "domain", "app.example.com",
        absl::StrCat("the site's public name: nginx does not say it (", site->where, ")"));
    derivation.plan.to_do.push_back(
        "write site.domain: without it nobody asks the site for a page");
  }
  if (const std::string address = site->Address(site->tls.has_value());
      address != "127.0.0.1" && address.find(':') == std::string::npos) {
    derivation.Fact(facts, "address",
                    {address, site->tls.has_value() ? site->tls->where : site->plain->where});
  }
  if (site->domain.known() && RoleCanAsk(*site, true)) {
    HealthFacts(derivation, *site);
    const std::string db_check = SiteUrl(*site, true, "/db-check");
    const SiteAnswer* answer = FindAnswer(derivation.seen, db_check);
    if (answer != nullptr && answer->status == 200) {
      derivation.Fact(facts, "db_check", {"/db-check", absl::StrCat(db_check, " answers 200 now")});
    } else {
      // Also what an application without its database would say.
      derivation.UnknownFact(
          facts, "db_check", "/db-check",
          absl::StrCat("a page that tells whether the application reaches its "
                       "database; ",
                       db_check, " ", answer == nullptr ? "was not asked" : answer->Words()));
    }
    CertificateFacts(derivation, *site);
  }
  if (site->application.known()) {
    derivation.Fact(facts, "unit", site->application);
  } else {
    derivation.UnknownFact(
        facts, "unit", "app.service",
        absl::StrCat("the unit behind ", site->upstreams.front().value, " (",
                     site->upstreams.front().where, "): nothing here says which"));
    derivation.plan.to_do.push_back("write site.unit: which unit runs the application");
  }
  derivation.Fact(facts, "error_log", site->error_log);
  derivation.Fact(facts, "access_log", site->access_log);
}

void DeriveSiteChecks(Derivation& derivation) {
  const HostSeen& seen = derivation.seen;
  const WebSite* app = derivation.AppSite();
  if (app != nullptr) {
    DisableForSite(derivation, *app);
    const SiteAnswer* answer = FindAnswer(seen, SiteUrl(*app, true, "/"));
    PlannedCheck page;
    if (app->domain.known() && app->tls.has_value()) page = HttpCheck(seen, *app, true);
    const bool other_status =
        std::any_of(page.options.begin(), page.options.end(),
                    [](const PlannedOption& each) { return each.key == "status"; });
    // The role's own check of "/" takes nothing but 200. Where a page behind a redirect answers
    // 200, the role asks that one.
    if (answer != nullptr && other_status && derivation.of_roles.contains(page.Id())) {
      derivation.Replace(std::move(page));
    }
  }
  if (seen.nginx) {
    derivation.Add({"unit", kNginxUnit, {{"subject", "site"}}, seen.nginx_source});
  }
  for (const WebSite& site : seen.sites) ChecksOfSite(derivation, site, &site == app);
  for (const SiteCertificate& each : seen.certificates) {
    const bool of_site = std::any_of(seen.sites.begin(), seen.sites.end(), [&](const auto& site) {
      return site.certificate.value == each.file;
    });
    if (of_site && each.problem.empty()) continue;
    PlannedCheck check{"certificate", each.file, {}, each.where};
    if (!each.renewal.empty()) check.options.push_back({"renewal", each.renewal});
    derivation.Add(std::move(check));
  }
}

}  // namespace faultline::init
