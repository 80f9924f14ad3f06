#include "agent/init/derive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/checks/registry.h"
#include "agent/config/config.h"
#include "agent/config/roles.h"
#include "agent/init/agent_yaml.h"
#include "tests/agent/init/seen_hosts.h"

namespace faultline::init {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

const Wishes kWishes = {.collector = "10.94.0.20:7443"};

std::vector<std::string> Roles(const Plan& plan) {
  std::vector<std::string> names;
  for (const Seen& role : plan.roles) names.push_back(role.value);
  return names;
}

std::vector<std::string> Ids(const Plan& plan) {
  std::vector<std::string> ids;
  for (const PlannedCheck& check : plan.checks) ids.push_back(check.Id());
  return ids;
}

std::vector<std::string> Disabled(const Plan& plan) {
  std::vector<std::string> ids;
  for (const Seen& each : plan.disable) ids.push_back(each.value);
  return ids;
}

// "key: value", with a "# " where it is not known.
std::vector<std::string> Facts(const std::vector<FactLine>& facts) {
  std::vector<std::string> lines;
  for (const FactLine& fact : facts) {
    lines.push_back((fact.known ? "" : "# ") + fact.key + ": " + fact.value);
  }
  return lines;
}

// What the agent makes of it.
void ExpectTaken(const Plan& plan) {
  const std::string text = AgentYaml(plan, "x");
  const auto config = config::ParseAgentConfig(
      text, "agent.yaml", {.needs_collector = plan.collector[0].known, .root = "/dev/null"});
  ASSERT_TRUE(config.ok()) << config.status() << "\n" << text;
  EXPECT_TRUE(checks::ValidateChecks(*config).ok()) << checks::ValidateChecks(*config) << text;
}

TEST(DeriveTest, AnApplicationsHostGetsRoleAppAndWhatTheRoleDoesNotKnow) {
  const Plan plan = DerivePlan(SiteHost(), kWishes);
  EXPECT_THAT(Roles(plan), ElementsAre("app"));
  EXPECT_THAT(Facts(plan.site),
              ElementsAre("domain: todo.example.net", "health: /", "# health_body: all is well",
                          "# db_check: /db-check", "certificate: /etc/nginx/tls/todo.crt",
                          "unit: todo.service", "error_log: /var/log/nginx/error.log",
                          "access_log: /var/log/nginx/todo.log"));
  EXPECT_THAT(Facts(plan.database), ElementsAre("address: 10.94.0.20:3306",
                                                "# password_file: /etc/faultline/mysql.password"));
  EXPECT_THAT(Disabled(plan), IsEmpty());
  EXPECT_THAT(AgentYaml(plan, "x"), HasSubstr("/db-check answers 404"));
  // nginx, the application and their ports are the role's; of the rest ssh is left.
  EXPECT_THAT(Ids(plan), ElementsAre("listener:127.0.0.1:8000", "unit:ssh.service", "listener:22"));
  ExpectTaken(plan);
}

TEST(DeriveTest, TheHealthPageIsTheOneThatAnswers) {
  HostSeen seen = SiteHost();
  SiteAnswer& first = seen.answers["https://todo.example.net/"];
  first = {.status = 302, .location = "/login"};
  seen.answers["https://todo.example.net/login"].status = 200;
  EXPECT_THAT(Facts(DerivePlan(seen, kWishes).site), Contains("health: /login"));

  first.location = "https://elsewhere.example/";
  const Plan plan = DerivePlan(seen, kWishes);
  EXPECT_THAT(Facts(plan.site), Contains("health: /"));
  EXPECT_THAT(AgentYaml(plan, "x"),
              HasSubstr("{kind: http, target: https://todo.example.net/, connect_to: "
                        "127.0.0.1:443, subject: site, status: [302]}"));
  ExpectTaken(plan);

  first = {.status = 200, .says_ok = true};
  seen.answers["https://todo.example.net/db-check"].status = 200;
  const Plan runbooks = DerivePlan(seen, kWishes);
  EXPECT_THAT(Facts(runbooks.site), Contains(R"(health_body: "status"\s*:\s*"ok")"));
  EXPECT_THAT(Facts(runbooks.site), Contains("db_check: /db-check"));
  EXPECT_THAT(Disabled(runbooks), IsEmpty());
}

TEST(DeriveTest, ASiteThatIsDownIsExpectedToComeBack) {
  HostSeen seen = SiteHost();
  seen.answers["https://todo.example.net/"] = {.status = 502};
  const Plan plan = DerivePlan(seen, kWishes);
  EXPECT_THAT(Facts(plan.site), Contains("health: /"));
  EXPECT_THAT(Ids(plan), Not(Contains("http:https://todo.example.net/")));
  EXPECT_THAT(plan.to_do, Contains(HasSubstr("answers 502")));
}

TEST(DeriveTest, ASelfSignedCertificateIsItsOwnAuthorityAndAPrivateOneHasToBeSaid) {
  HostSeen seen = SiteHost();
  seen.certificates[0].self_signed = true;
  EXPECT_THAT(Facts(DerivePlan(seen, kWishes).site), Contains("ca: /etc/nginx/tls/todo.crt"));
  seen.certificates[0].self_signed = false;
  seen.answers["https://todo.example.net/"].untrusted = true;
  const Plan plan = DerivePlan(seen, kWishes);
  EXPECT_THAT(Facts(plan.site), Contains("# ca: /etc/ssl/certs/our-authority.pem"));
  EXPECT_THAT(plan.to_do, Contains(HasSubstr("site.ca")));
}

TEST(DeriveTest, ASiteWithoutTlsHasNoneOfTheRolesChecksOfIt) {
  HostSeen seen = SiteHost();
  seen.sites[0].tls.reset();
  seen.sites[0].certificate = {};
  seen.sites[0].redirects = false;
  seen.answers = {{"http://todo.example.net/", {.status = 401}}};
  const Plan plan = DerivePlan(seen, kWishes);
  EXPECT_THAT(AgentYaml(plan, "x"),
              HasSubstr("{kind: http, target: http://todo.example.net/, connect_to: 127.0.0.1:80, "
                        "subject: site, status: [401]}"));
  EXPECT_THAT(Disabled(plan), Contains("http:https://todo.example.net/"));
  EXPECT_THAT(Disabled(plan), Contains(HasSubstr("certificate:")));
  EXPECT_THAT(Disabled(plan), Not(Contains("http:http://todo.example.net/")));
  ExpectTaken(plan);
}

TEST(DeriveTest, WhereTheRoleCannotAskTheSiteIsAskedByChecksOfItsOwn) {
  for (const char* address : {"", "2001:db8::1", "10.0.0.5"}) {
    HostSeen seen = SiteHost();
    seen.sites[0].tls->address = address;
    seen.sites[0].tls->port = 8443;
    const Plan plan = DerivePlan(seen, kWishes);
    EXPECT_THAT(Ids(plan), Contains("http:https://todo.example.net:8443/"));
    EXPECT_THAT(Ids(plan), Contains("certificate:/etc/nginx/tls/todo.crt"));
    ExpectTaken(plan);
  }
}

TEST(DeriveTest, WhatNobodyKnowsIsCommentedOutAndItsChecksAreOff) {
  HostSeen seen = SiteHost();
  seen.sites[0].domain = {};
  seen.sites[0].application = {};
  seen.sites[0].access_log = {};
  seen.database_address = {};
  seen.answers.clear();
  const Plan plan = DerivePlan(seen, {});
  EXPECT_THAT(Facts(plan.collector), ElementsAre("# address: collector.example:7443"));
  EXPECT_THAT(Facts(plan.site), Contains("# domain: app.example.com"));
  EXPECT_THAT(Facts(plan.site), Contains("# unit: app.service"));
  EXPECT_THAT(Facts(plan.database), Contains("# address: 10.0.2.10:3306"));
  EXPECT_THAT(Disabled(plan), IsEmpty());
  EXPECT_EQ(plan.to_do.size(), 5U);
  ExpectTaken(plan);
}

TEST(DeriveTest, ADatabaseThatWasFoundAndNotTakenIsNamed) {
  HostSeen seen = SiteHost();
  seen.database_address = {};
  seen.database_hint = {"DATABASE_URL is of postgresql", "/etc/todo.env of todo.service"};
  const Plan plan = DerivePlan(seen, {});
  EXPECT_THAT(Facts(plan.database), Contains("# address: 10.0.2.10:3306"));
  EXPECT_THAT(AgentYaml(plan, "x"),
              HasSubstr("DATABASE_URL is of postgresql (/etc/todo.env of todo.service)"));
  ExpectTaken(plan);
}

TEST(DeriveTest, ADatabasesHostGetsRoleDb) {
  const Plan plan = DerivePlan(DatabaseHost(), kWishes);
  EXPECT_THAT(Roles(plan), ElementsAre("db"));
  EXPECT_THAT(Facts(plan.database),
              ElementsAre("# password_file: /etc/faultline/mysql.password", "unit: mariadb.service",
                          "socket: /run/mysqld/mysqld.sock", "datadir: /var/lib/mysql"));
  EXPECT_THAT(Ids(plan), IsEmpty());
  EXPECT_THAT(Disabled(plan), IsEmpty());
  ExpectTaken(plan);
}

TEST(DeriveTest, ADatabaseOnLoopbackIsMeantToBeThere) {
  HostSeen seen = DatabaseHost();
  seen.listeners = {ListenerAt("127.0.0.1", 3306, "mariadb.service")};
  seen.database->listeners = seen.listeners;
  const Plan plan = DerivePlan(seen, kWishes);
  EXPECT_THAT(Disabled(plan), ElementsAre("listener:3306", "firewall:3306"));
  EXPECT_THAT(Ids(plan), ElementsAre("listener:127.0.0.1:3306"));
  ExpectTaken(plan);

  seen.database->networking = false;
  seen.database->listeners.clear();
  seen.listeners.clear();
  EXPECT_THAT(Ids(DerivePlan(seen, kWishes)), IsEmpty());
}

TEST(DeriveTest, AnotherPortIsSaidByTheAddress) {
  HostSeen seen = DatabaseHost();
  seen.database->port.value = "3307";
  seen.database->listeners = {ListenerAt("0.0.0.0", 3307, "mariadb.service")};
  seen.listeners = seen.database->listeners;
  seen.database_password = {"/etc/faultline/mysql.password", "there"};
  const Plan plan = DerivePlan(seen, kWishes);
  EXPECT_THAT(Facts(plan.database), Contains("address: 10.94.0.20:3307"));
  EXPECT_THAT(Facts(plan.database), Contains("password_file: /etc/faultline/mysql.password"));
  EXPECT_THAT(Ids(plan), IsEmpty()) << "the role's listener has that port";
  ExpectTaken(plan);
}

TEST(DeriveTest, AHostMayHaveSeveralRolesOrNone) {
  HostSeen seen = DatabaseHost();
  seen.collector = {"faultline-collector.service", "systemd: /c"};
  seen.listeners.push_back(ListenerAt("0.0.0.0", 7443, "faultline-collector.service"));
  const Plan plan = DerivePlan(seen, {});
  EXPECT_THAT(Roles(plan), ElementsAre("db", "collector"));
  EXPECT_THAT(Facts(plan.collector), ElementsAre("address: 127.0.0.1:7443"));
  EXPECT_THAT(Ids(plan), IsEmpty());
  ExpectTaken(plan);
  const Plan plain = DerivePlan(HostSeen{}, kWishes);
  EXPECT_THAT(Roles(plain), ElementsAre("host"));
  ExpectTaken(plain);
}

TEST(DeriveTest, AllInOneDoesNotAskForTheDatabaseTwice) {
  HostSeen seen = SiteHost();
  seen.database = DatabaseHost().database;
  seen.database_address = {"localhost:3306", "/etc/todo.env"};
  const Plan plan = DerivePlan(seen, kWishes);
  EXPECT_THAT(Roles(plan), ElementsAre("app", "db"));
  EXPECT_THAT(Facts(plan.database), Not(Contains(HasSubstr("address"))));
  ExpectTaken(plan);
}

TEST(DeriveTest, ANamelessSiteAndNginxWithoutOneAreWatchedByTheirListeners) {
  HostSeen seen = SiteHost();
  seen.sites[0].domain = {};
  EXPECT_THAT(Ids(DerivePlan(seen, kWishes)), IsSupersetOf({"listener:80", "listener:443"}));
  seen.sites.clear();
  EXPECT_THAT(Ids(DerivePlan(seen, kWishes)),
              IsSupersetOf({"unit:nginx.service", "listener:80", "listener:443"}));
}

TEST(DeriveTest, OtherSitesServicesAndListenersGetChecks) {
  HostSeen seen = SiteHost();
  WebSite other = seen.sites[0];
  other.domain.value = "other.example.net";
  other.redirects = false;
  other.plain.reset();
  other.application = {"shop.service", "systemd: /s"};
  other.upstreams = {{"10.0.0.9:8080", "nginx: /n:40"}};
  other.access_log.value = "/var/log/nginx/other.log";
  seen.sites.push_back(other);
  seen.services.push_back({.unit = {"job.service", "systemd: /j"}, .passing = true});
  seen.services.push_back({.unit = {"worker.service", "systemd: /w"},
                           .log_files = {{"/var/log/worker.log", "systemd: /w"}}});
  seen.listeners = {ListenerAt("0.0.0.0", 5432, "postgresql@15-main.service"),
                    ListenerAt("10.0.0.1", 9100), ListenerAt("0.0.0.0", 40000),
                    ListenerAt("127.0.0.53", 53, "systemd-resolved.service"),
                    ListenerAt("0.0.0.0", 8888, "user@1000.service")};
  const Plan plan = DerivePlan(seen, kWishes);
  EXPECT_THAT(
      Ids(plan),
      ElementsAre("http:https://other.example.net/", "unit:shop.service", "log:shop.service",
                  "log:/var/log/nginx/other.log", "port:10.0.0.9:8080", "unit:worker.service",
                  "log:worker.service", "log:/var/log/worker.log",
                  "unit:postgresql@15-main.service", "listener:5432", "listener:10.0.0.1:9100"));
  EXPECT_THAT(plan.left_out, ElementsAre(HasSubstr("job.service"), HasSubstr("port 8888"),
                                         HasSubstr("port 40000")));
  ExpectTaken(plan);
}

TEST(DeriveTest, WhatARoleMakesOfAValueAndNoCheckTakesIsDisabled) {
  HostSeen seen = SiteHost();
  seen.sites[0].domain.value = "-todo.example.net";
  seen.sites[0].application.value = "a b.service";
  seen.database_address.value = "data:3306";
  ExpectTaken(DerivePlan(seen, kWishes));
  seen.sites[0].domain.value = "a..example.net";
  seen.answers["https://a..example.net/"] = {.status = 302, .location = "/<x>\"{}"};
  seen.answers["https://a..example.net/<x>\"{}"] = {.status = 200};
  ExpectTaken(DerivePlan(seen, kWishes));
}

TEST(DeriveTest, HostileNamesBreakNothing) {
  HostSeen seen = SiteHost();
  seen.sites[0].access_log = {"/var/log/\x01\n  - evil", "nginx: /n\ncollector: {}"};
  seen.sites[0].error_log = {"/var/log/a: [b] #\"\\", "x"};
  seen.services.push_back({.unit = {"a b\n.service", "s"}});
  seen.services.push_back({.unit = {std::string(300, 'a') + ".service", "s"}});
  const Plan plan = DerivePlan(seen, kWishes);
  EXPECT_EQ(plan.left_out.size(), 6U)
      << "the log as a fact and as a check, unit and journal of two services";
  EXPECT_THAT(Facts(plan.site), Contains("error_log: /var/log/a: [b] #\"\\"));
  ExpectTaken(plan);
}

}  // namespace
}  // namespace faultline::init
