// The roles' table against the kinds that there are: agent/config knows nothing of agent/checks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/checks/registry.h"
#include "agent/config/config.h"
#include "agent/config/facts.h"
#include "agent/config/role_checks.h"
#include "agent/config/roles.h"
#include "agent/kind_report.h"

namespace faultline::agent {
namespace {

TEST(RolesAndKindsTest, EveryCheckOfEveryRoleFitsItsDeclaration) {
  for (const config::Role& role : config::Roles()) {
    config::AgentConfig config;
    config.file = role.name;
    for (auto& each : ExpandRoles({&role}, config::ExampleFacts(), 1).checks) {
      config.checks.push_back(std::move(each.check));
    }
    EXPECT_FALSE(config.checks.empty()) << role.name;
    const absl::Status valid = checks::ValidateChecks(config);
    EXPECT_TRUE(valid.ok()) << valid;
  }
}

config::AgentConfig Parsed(const std::string& text) {
  const auto config = config::ParseAgentConfig(text, "agent.yaml",
                                               {.needs_collector = false, .root = "/nonexistent"});
  EXPECT_TRUE(config.ok()) << config.status();
  return config.value_or(config::AgentConfig());
}

TEST(RolesAndKindsTest, EveryRoleTakesADatabaseByNameByAddressAndByIpv6) {
  for (const char* address : {"data:3306", "db.internal.example:3307", "10.0.2.10:3306",
                              "'[2001:db8::10]:3306'", "localhost:3306"}) {
    for (const config::Role& role : config::Roles()) {
      const auto config = Parsed("role: " + role.name +
                                 "\nsite: {domain: app.example.com, address: web.internal, unit: "
                                 "a.service, db_check: /db}\n"
                                 "database: {password_file: /p, address: " +
                                 address + "}\n");
      const absl::Status valid = checks::ValidateChecks(config);
      EXPECT_TRUE(valid.ok()) << role.name << " " << address << ": " << valid;
    }
  }
}

TEST(RolesAndKindsTest, AnErrorOfAFactNamesTheFactAndItsLine) {
  const auto config = Parsed("role: app\nsite:\n  domain: app.example.com\n  unit: a.slice\n");
  EXPECT_THAT(std::string(checks::ValidateChecks(config).message()),
              testing::StartsWith("agent.yaml:4: site.unit: \"a.slice\" is not the name"));
  EXPECT_THAT(std::string(checks::ValidateChecks(config).message()),
              testing::EndsWith(" (role app: unit:a.slice)"));
}

TEST(RolesAndKindsTest, AnErrorOfAFactThatWasFoundNamesWhere) {
  config::AgentConfig config = Parsed("checks: [{kind: firewall, target: 'a b'}]");
  config.checks[0].place = "role app: firewall:a b";
  config.checks[0].sources["target"] = {.fact = "database.address", .where = "/etc/flask-app.env"};
  EXPECT_THAT(std::string(checks::ValidateChecks(config).message()),
              testing::StartsWith("agent.yaml:1: database.address (from /etc/flask-app.env): \"a "
                                  "b\" is neither a port nor a host with one; write "));
}

TEST(RolesAndKindsTest, EveryKindHasAnExample) {
  for (const checks::CheckKind* kind : checks::AllCheckKinds()) {
    EXPECT_TRUE(ExampleOf(kind->kind).has_value()) << kind->kind << " is in no role";
  }
}

}  // namespace
}  // namespace faultline::agent
