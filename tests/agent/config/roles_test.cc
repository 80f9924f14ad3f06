#include "agent/config/roles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

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
      IdsOf("role: app\nsite: {domain: app.example.com}\ndatabase: {address: '10.0.2.10:3306'}\n"),
      testing::ElementsAre(
          "unit:flask-app.service", "unit:nginx.service", "http:https://app.example.com/",
          "http:http://app.example.com/", "http:https://app.example.com/db-check",
          "certificate:/etc/letsencrypt/live/app.example.com/fullchain.pem", "port:10.0.2.10:3306",
          "ping:10.0.2.10", "route:10.0.2.10", "firewall:10.0.2.10:3306", "log:flask-app.service",
          "log:/var/log/nginx/error.log", "log:/var/log/nginx/flask_access.log", "disk:/",
          "memory:system", "load:system", "clock:system", "bootstrap:cloud-init"));
}

TEST(RolesTest, TheDatabaseHostNeedsNoFurtherLine) {
  EXPECT_THAT(
      IdsOf("role: db\n"),
      testing::ElementsAre("unit:mysql.service", "listener:3306", "firewall:3306",
                           "log:mysql.service", "disk:/var/lib/mysql", "disk:/", "memory:system",
                           "load:system", "clock:system", "bootstrap:cloud-init"));
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
        EXPECT_EQ(check.subject, "exposure");
      }
    }
    EXPECT_THAT(IdsOf(text), Not(Contains(HasSubstr("exposure:"))));
  }
}

TEST(RolesTest, TheHealthPageHasToSayThatItIsWell) {
  const auto body = [](const std::string& more) {
    const auto config = Parse("role: outside\nsite: {domain: app.example.com" + more + "}\n");
    EXPECT_TRUE(config.ok()) << config.status();
    return Option(config->checks, "http:https://app.example.com/", "body")->values[0];
  };
  EXPECT_EQ(body(""), R"("status"\s*:\s*"ok")");
  EXPECT_EQ(body(", health_body: Welcome"), "Welcome");
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

TEST(RolesTest, WhatIsDisabledIsGone) {
  EXPECT_THAT(IdsOf("role: db\ndisable: ['bootstrap:cloud-init']\n"),
              Not(Contains("bootstrap:cloud-init")));
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
    const RoleChecks brought = ExpandRole(role, ExampleFacts(), 1);
    EXPECT_THAT(brought.notes, testing::IsEmpty()) << role.name;
    EXPECT_EQ(brought.checks.size(), role.checks.size()) << role.name << " names one twice";
  }
}

}  // namespace
}  // namespace faultline::config
