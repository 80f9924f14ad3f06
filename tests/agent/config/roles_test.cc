#include "agent/config/roles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/config/config.h"
#include "agent/config/role_checks.h"
#include "common/identity.h"

namespace faultline::config {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> Ids(const std::vector<CheckConfig>& checks) {
  std::vector<std::string> ids;
  for (const CheckConfig& check : checks) ids.push_back(check.id.ToString());
  return ids;
}

// As `--once --role` and agent.yaml have it, without a collector.
absl::StatusOr<AgentConfig> Parse(const std::string& text) {
  // No such directory: nothing is found on this host.
  return ParseAgentConfig(text, "agent.yaml",
                          {.needs_collector = false, .role = "", .root = "/nonexistent"});
}

std::vector<std::string> IdsOf(const std::string& text) {
  const absl::StatusOr<AgentConfig> config = Parse(text);
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? Ids(config->checks) : std::vector<std::string>{};
}

std::string ErrorOf(const std::string& text) {
  const absl::StatusOr<AgentConfig> config = Parse(text);
  EXPECT_FALSE(config.ok()) << "no error";
  return std::string(config.status().message());
}

const OptionValue* Option(const std::vector<CheckConfig>& checks, const std::string& id,
                          const std::string& option) {
  for (const CheckConfig& check : checks) {
    if (check.id.ToString() != id) continue;
    const auto found = check.options.find(option);
    return found == check.options.end() ? nullptr : &found->second;
  }
  ADD_FAILURE() << "no check " << id;
  return nullptr;
}

TEST(RolesTest, TheAppHostWatchesTheSiteAndTheWayToItsDatabase) {
  EXPECT_THAT(
      IdsOf("role: app\n"
            "site: {domain: app.example.com, unit: flask-app.service, db_check: /db-check,\n"
            "  access_log: /var/log/nginx/flask_access.log}\n"
            "database: {address: '10.0.2.10:3306'}\n"),
      testing::ElementsAre(
          "unit:flask-app.service", "unit:nginx.service", "http:https://app.example.com/",
          "http:http://app.example.com/", "http:https://app.example.com/db-check",
          "certificate:/etc/letsencrypt/live/app.example.com/fullchain.pem", "port:10.0.2.10:3306",
          "ping:10.0.2.10", "route:10.0.2.10", "firewall:10.0.2.10:3306", "log:flask-app.service",
          "log:/var/log/nginx/error.log", "log:/var/log/nginx/flask_access.log", "disk:/",
          "memory:system", "load:system", "clock:system"));
}

TEST(RolesTest, TheDatabaseHostNeedsNoFurtherLine) {
  EXPECT_THAT(IdsOf("role: db\n"),
              testing::ElementsAre("unit:mysql.service", "listener:3306", "firewall:3306",
                                   "log:mysql.service", "disk:/var/lib/mysql", "disk:/",
                                   "memory:system", "load:system", "clock:system"));
}

TEST(RolesTest, TheDatabaseHostLogsInOnceItHasAPassword) {
  const auto config = Parse(
      "role: db\n"
      "database:\n"
      "  password_file: /etc/faultline/mysql.password\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(Option(config->checks, "mysql:/run/mysqld/mysqld.sock", "writable")->values[0], "true");
}

TEST(RolesTest, HostsThatNeedNoDatabaseWatchThatItIsClosedToThem) {
  for (const char* role : {"collector", "outside"}) {
    const std::string text = std::string("role: ") + role + "\n";
    const auto config = Parse(text + "database: {address: '10.0.2.10:3306'}\n");
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_THAT(Ids(config->checks), Contains("exposure:10.0.2.10:3306"));
    for (const CheckConfig& check : config->checks) {
      if (check.id.kind == "exposure") {
        EXPECT_EQ(check.subject, "") << "not the database's: it is no outage";
      }
    }
    EXPECT_THAT(IdsOf(text), Not(Contains(HasSubstr("exposure:"))));
  }
}

TEST(RolesTest, TheHealthPageHasToSayWhatIsConfigured) {
  const auto body = [](const std::string& more) -> std::string {
    const auto config = Parse("role: outside\nsite: {domain: app.example.com" + more + "}\n");
    EXPECT_TRUE(config.ok()) << config.status();
    const OptionValue* option = Option(config->checks, "http:https://app.example.com/", "body");
    return option == nullptr ? "none" : option->values[0];
  };
  EXPECT_EQ(body(""), "none") << "nobody knows what an application answers";
  EXPECT_EQ(body(", health_body: Welcome"), "Welcome");
}

TEST(RolesTest, OfAnApplicationOnlyWhatIsSaidIsAsked) {
  const std::vector<std::string> ids = IdsOf("role: app\nsite: {domain: app.example.com}\n");
  EXPECT_THAT(ids, Contains("http:https://app.example.com/"));
  for (const char* of_another : {"/db-check", "flask", "access"}) {
    EXPECT_THAT(ids, Not(Contains(HasSubstr(of_another))));
  }
}

TEST(RolesTest, APlainHostNeedsNoFact) {
  const auto config = Parse("role: host\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->role, "host");
  EXPECT_THAT(Ids(config->checks),
              testing::ElementsAre("disk:/", "memory:system", "load:system", "clock:system"));
  EXPECT_THAT(config->notes,
              testing::ElementsAre("role host leaves out bootstrap:cloud-init: this host has no "
                                   "cloud-init at work"));
}

TEST(RolesTest, SeveralRolesBringTheSameCheckOnce) {
  const auto config = Parse("role: [db, collector]\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->role, "collector,db") << "in one order, whatever the file's";
  EXPECT_THAT(Ids(config->checks),
              testing::ElementsAre("unit:mysql.service", "listener:3306", "firewall:3306",
                                   "log:mysql.service", "disk:/var/lib/mysql", "disk:/",
                                   "memory:system", "load:system", "clock:system",
                                   "unit:faultline-collector.service", "listener:7443",
                                   "listener:127.0.0.1:7480", "http:http://127.0.0.1:7480/healthz",
                                   "log:faultline-collector.service", "disk:/var/lib/faultline"));
  EXPECT_EQ(Ids(Parse("role: db, collector\n")->checks), Ids(config->checks));
}

TEST(RolesTest, OfOneCheckOfTwoRolesTheFirstRolesOptionsCountAndANoteSaysSo) {
  const std::string facts = "site: {domain: app.example.com, address: 10.0.1.20}\n";
  const auto config = Parse("role: [outside, app]\n" + facts);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(Option(config->checks, "http:https://app.example.com/", "connect_to"), nullptr);
  EXPECT_THAT(config->notes,
              Contains("http:https://app.example.com/ is as role outside has it; role app has it "
                       "with other options"));
  const auto turned = Parse("role: [app, outside]\n" + facts);
  EXPECT_EQ(Option(turned->checks, "http:https://app.example.com/", "connect_to")->values[0],
            "10.0.1.20:443");
}

TEST(RolesTest, WhoMayReachTheDatabaseDoesNotWatchThatItIsClosed) {
  const auto config = Parse("role: [db, collector]\ndatabase: {address: 'data:3306'}\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(Ids(config->checks), Not(Contains("exposure:data:3306")));
  EXPECT_THAT(absl::StrJoin(config->notes, "\n"),
              HasSubstr("leaves out exposure:{database.address}: this host has the role db too"));
}

TEST(RolesTest, RolesAreOneNameOrAListOfNames) {
  EXPECT_EQ(ErrorOf("role: [db, bd]\n"),
            "agent.yaml:1: role: \"bd\" is not a role; did you mean \"db\"?");
  EXPECT_EQ(ErrorOf("role: [db, db]\n"), "agent.yaml:1: role: db stands there twice");
  EXPECT_THAT(ErrorOf("role: [db, {a: b}]\n"), HasSubstr("must be a role or a list of roles"));
  for (const char* text : {"role: {a: b}\n", "role: []\n", "role:\n", "role: [~]\n"}) {
    EXPECT_EQ(
        ErrorOf(text),
        "agent.yaml:1: role: must be a role or a list of roles, like [db, collector]; remove it "
        "where the host has none")
        << text;
  }
}

TEST(RolesTest, ThePasswordFileBringsTheLogin) {
  const auto config = Parse(
      "role: app\ndatabase:\n  address: 10.0.2.10:3306\n  user: watcher\n"
      "  password_file: /etc/faultline/mysql.password\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(Option(config->checks, "mysql:10.0.2.10:3306", "user")->values[0], "watcher");
  EXPECT_EQ(Option(config->checks, "mysql:10.0.2.10:3306", "password_file")->values[0],
            "/etc/faultline/mysql.password");
}

TEST(RolesTest, AnUnknownFactLeavesItsChecksOutAndSaysSo) {
  const auto config = Parse("role: app\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(Ids(config->checks), Contains("unit:nginx.service"));
  for (const CheckConfig& check : config->checks) {
    EXPECT_NE(check.id.kind, "http");
    EXPECT_NE(check.id.kind, "port");
  }
  const std::string notes = absl::StrJoin(config->notes, "\n");
  EXPECT_THAT(notes, HasSubstr("it does not know site.domain; write site: {domain: ...}"));
  EXPECT_THAT(notes, HasSubstr("it does not know database.address"));
}

TEST(RolesTest, AnOptionOfAnUnknownFactIsLeftOutAlone) {
  const std::string text =
      "role: app\nsite: {domain: app.example.com, certificate: /etc/nginx/site.pem}\n";
  const auto config = Parse(text);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(Option(config->checks, "http:https://app.example.com/", "ca"), nullptr);
  EXPECT_EQ(Option(config->checks, "certificate:/etc/nginx/site.pem", "renewal"), nullptr)
      << "certbot does not renew it";
  EXPECT_EQ(Option(config->checks, "certificate:/etc/nginx/site.pem", "served")->values[0],
            "127.0.0.1:443");
}

TEST(RolesTest, TheRenewalGoesByTheCertificatesName) {
  const auto config = Parse(
      "role: app\nsite: {domain: app.example.com, certificate: "
      "/etc/letsencrypt/live/shop/fullchain.pem}\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(
      Option(config->checks, "certificate:/etc/letsencrypt/live/shop/fullchain.pem", "renewal")
          ->values[0],
      "/etc/letsencrypt/renewal/shop.conf");
}

TEST(RolesTest, AnEntryOfTheFileReplacesTheRolesOfTheSameName) {
  const auto config = Parse(
      "role: db\nchecks:\n  - {kind: listener, target: '3306'}\n"
      "  - {kind: unit, target: cron.service}\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(Option(config->checks, "listener:3306", "unit"), nullptr);
  EXPECT_THAT(Ids(config->checks), Contains("unit:cron.service"));
  EXPECT_EQ(std::count_if(config->checks.begin(), config->checks.end(),
                          [](const auto& check) { return check.id.kind == "listener"; }),
            1);
}

const AbsentCheck* Absent(const AgentConfig& config, const std::string& kind) {
  for (const AbsentCheck& each : config.absent) {
    if (each.kind == kind) return &each;
  }
  return nullptr;
}

TEST(RolesTest, WhatIsDisabledIsGone) {
  const auto config = Parse("role: db\ndisable: ['clock:system']\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(Ids(config->checks), Not(Contains("clock:system")));
  ASSERT_NE(Absent(*config, "clock"), nullptr);
  EXPECT_EQ(Absent(*config, "clock")->why, AbsentCheck::Why::kDisabled);
}

TEST(RolesTest, WhatARoleWouldHaveMayBeDisabled) {
  for (const char* line :
       {"role: db\ndisable: ['mysql:/run/mysqld/mysqld.sock']\n",
        "role: db\ndisable: ['bootstrap:cloud-init']\n",
        "role: app\ndisable: ['port:data:3306', 'ping:data', 'route:10.0.2.10']\n",
        "role: app\ndisable: ['http:https://app.example.com/db-check']\n",
        "role: app\ndisable: ['log:/var/log/nginx/mine.log', 'unit:mine.service']\n"}) {
    EXPECT_TRUE(Parse(line).ok()) << line << Parse(line).status();
  }
  const auto config = Parse("role: db\ndisable: ['mysql:/run/mysqld/mysqld.sock']\n");
  EXPECT_EQ(Absent(*config, "mysql")->why, AbsentCheck::Why::kDisabled);
  EXPECT_THAT(absl::StrJoin(config->notes, "\n"), Not(HasSubstr("mysql:")))
      << "who disabled it need not be told";
  EXPECT_THAT(ErrorOf("role: app\ndisable: ['port:data']\n"), HasSubstr("is not a check of role"));
  EXPECT_THAT(ErrorOf("role: app\ndisable: ['unit:mine']\n"), HasSubstr("is not a check of role"));
}

TEST(RolesTest, WhyAHostLacksACheckIsKept) {
  const auto config = Parse("role: app\nsite: {domain: app.example.com}\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(Absent(*config, "mysql")->why, AbsentCheck::Why::kUnknownFact);
  EXPECT_EQ(Absent(*config, "mysql")->target, "{database.address}");
  EXPECT_THAT(Absent(*config, "mysql")->detail, HasSubstr("write database: {address: ...}"));
  EXPECT_EQ(Absent(*config, "http")->target, "https://{site.domain}{site.db_check}");
  EXPECT_EQ(Absent(*config, "http")->why, AbsentCheck::Why::kNotHere);
  EXPECT_EQ(Absent(*config, "bootstrap")->why, AbsentCheck::Why::kNotHere);
}

TEST(RolesTest, DisablingWhatIsNotThereIsAnErrorWithItsLineAndASuggestion) {
  EXPECT_EQ(ErrorOf("role: db\ndisable:\n  - unit:mysqld.service\n"),
            "agent.yaml:3: disable[0]: \"unit:mysqld.service\" is not a check of role db; did you "
            "mean \"unit:mysql.service\"?");
  EXPECT_THAT(ErrorOf("disable: ['disk:/']\nchecks: [{kind: unit, target: a.service}]\n"),
              HasSubstr("no role is named"));
  EXPECT_THAT(ErrorOf("role: db\ndisable: all\n"), HasSubstr("must be a list"));
}

TEST(RolesTest, UnknownRolesAndFactsAreErrors) {
  EXPECT_EQ(ErrorOf("role: bd\n"),
            "agent.yaml:1: role: \"bd\" is not a role; did you mean \"db\"?");
  EXPECT_THAT(ErrorOf("role: db\nsite: {domian: a.example}\n"),
              HasSubstr("agent.yaml:2: site.domian: is not a known field; did you mean "));
  EXPECT_THAT(ErrorOf("role: app\ndatabase: {address: 10.0.2.10}\n"),
              HasSubstr("agent.yaml:2: database.address: \"10.0.2.10\" is not host:port"));
  EXPECT_THAT(ErrorOf("role: app\nsite: {domain: 'https://app.example.com'}\n"),
              HasSubstr("is not a host"));
  EXPECT_THAT(ErrorOf("role: app\nsite: {certificate: cert.pem}\n"),
              HasSubstr("is not an absolute path"));
}

TEST(RolesTest, AFactsErrorNamesTheFactThatIsWrong) {
  const std::string site = "role: app\nsite:\n  domain: app.example.com\n";
  for (const char* bad : {"/a b", "/x#y", "/caf\xc3\xa9", "health"}) {
    EXPECT_THAT(ErrorOf(site + "  health: \"" + bad + "\"\n"),
                HasSubstr("agent.yaml:4: site.health: "))
        << bad;
  }
  // Also where the check that would say so is left out for lack of a domain.
  EXPECT_THAT(ErrorOf("role: app\nsite: {health_body: '(ok'}\n"),
              HasSubstr("agent.yaml:2: site.health_body: \"(ok\" is not a pattern of RE2: "));
  EXPECT_THAT(ErrorOf("role: app\nsite: {unit: 'a b.service'}\n"),
              HasSubstr("site.unit: \"a b.service\" is not a unit"));
  for (const char* number : {"999.1.1.1", "1.2.3.4.5"}) {
    EXPECT_THAT(ErrorOf(std::string("role: app\nsite: {domain: ") + number + "}\n"),
                HasSubstr("site.domain: "));
    EXPECT_THAT(ErrorOf(std::string("role: app\ndatabase: {address: '") + number + ":3306'}\n"),
                HasSubstr("database.address: "));
  }
}

TEST(RolesTest, ARoleWithoutAnythingLeftToWatchIsAnError) {
  EXPECT_THAT(ErrorOf("role: outside\ndisable: ['clock:system']\n"),
              HasSubstr("nothing is left to watch\nrole outside leaves out"));
}

TEST(RolesTest, ErrorsOfARolesCheckNameTheRoleAndItsLine) {
  const auto config = Parse("# a comment\nrole: db\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->checks[0].line, 2);
  EXPECT_EQ(config->checks[0].place, "role db: unit:mysql.service");
}

TEST(RolesTest, EveryRoleIsCompleteWithTheExampleFacts) {
  for (const Role& role : Roles()) {
    const RoleChecks brought = ExpandRoles({&role}, ExampleFacts(), 1);
    EXPECT_THAT(brought.shared, testing::IsEmpty()) << role.name;
    EXPECT_THAT(brought.left_out, testing::IsEmpty()) << role.name;
    EXPECT_EQ(brought.checks.size(), role.checks.size()) << role.name << " names one twice";
  }
}

TEST(RolesTest, TheRolesAreThoseThatATokenMayName) { EXPECT_EQ(RoleNames(), HostRoles()); }

}  // namespace
}  // namespace faultline::config
