#include "agent/rights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

config::CheckConfig Check(const std::string& kind, const std::string& target) {
  config::CheckConfig check;
  check.id = {.kind = kind, .target = target, .name = ""};
  return check;
}

bool Nothing(const checks::Right& /*right*/) { return false; }

TEST(MissingRightsTest, NamesTheChecksAndTheFix) {
  EXPECT_THAT(MissingRights({Check("port", "10.0.2.10:3306"), Check("port", "db:33060")}, Nothing),
              ElementsAre("CAP_NET_RAW is missing: port:10.0.2.10:3306, port:db:33060 cannot probe "
                          "half-open, so MySQL's ports not at all. Fix: add CAP_NET_RAW to "
                          "AmbientCapabilities= and CapabilityBoundingSet= of "
                          "faultline-agent.service (systemctl edit faultline-agent)"));
}

TEST(MissingRightsTest, AGroupHasItsOwnFix) {
  EXPECT_THAT(MissingRights({Check("log", "mysql.service")}, Nothing),
              ElementsAre("group systemd-journal is missing: log:mysql.service cannot read the "
                          "journal. Fix: add the group to SupplementaryGroups= of "
                          "faultline-agent.service (systemctl edit faultline-agent)"));
}

TEST(MissingRightsTest, WhatNeedsNothingOrHasItIsNotNamed) {
  EXPECT_THAT(MissingRights({Check("port", "10.0.2.10:443"), Check("log", "/var/log/a.log"),
                             Check("unit", "nginx.service"), Check("no_such_kind", "x")},
                            Nothing),
              IsEmpty());
  EXPECT_THAT(MissingRights({Check("port", "10.0.2.10:3306")}, [](const auto&) { return true; }),
              IsEmpty());
}

TEST(MissingRightsTest, ManyAreCounted) {
  std::vector<config::CheckConfig> many;
  for (int i = 0; i < 9; ++i) many.push_back(Check("log", std::string(1, 'a' + i) + ".service"));
  EXPECT_THAT(MissingRights(many, Nothing),
              ElementsAre(testing::HasSubstr("log:e.service and 4 more cannot read")));
}

}  // namespace
}  // namespace faultline::agent
