// The roles' table against the kinds that there are: agent/config knows nothing of agent/checks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/checks/registry.h"
#include "agent/config/facts.h"
#include "agent/config/roles.h"
#include "agent/kind_report.h"

namespace faultline::agent {
namespace {

TEST(RolesAndKindsTest, EveryCheckOfEveryRoleFitsItsDeclaration) {
  for (const config::Role& role : config::Roles()) {
    config::AgentConfig config;
    config.file = role.name;
    config.checks = ExpandRole(role, config::ExampleFacts(), 1).checks;
    EXPECT_FALSE(config.checks.empty()) << role.name;
    const absl::Status valid = checks::ValidateChecks(config);
    EXPECT_TRUE(valid.ok()) << valid;
  }
}

TEST(RolesAndKindsTest, AnErrorInARolesCheckNamesTheRole) {
  config::RoleChecks brought =
      ExpandRole({"odd", "", {{"listener", "no port"}}}, config::ExampleFacts(), 3);
  config::AgentConfig config;
  config.file = "agent.yaml";
  config.checks = brought.checks;
  EXPECT_THAT(std::string(checks::ValidateChecks(config).message()),
              testing::HasSubstr("agent.yaml:3: role odd: listener:no port.target: "));
}

TEST(RolesAndKindsTest, EveryKindHasAnExample) {
  for (const checks::CheckKind* kind : checks::AllCheckKinds()) {
    EXPECT_TRUE(ExampleOf(kind->kind).has_value()) << kind->kind << " is in no role";
  }
}

}  // namespace
}  // namespace faultline::agent
