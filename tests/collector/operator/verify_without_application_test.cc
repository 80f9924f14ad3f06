// A stack that has no application, and so not all of the runbook's rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collector/operator/verify_hosts.h"

namespace faultline::operator_api {
namespace {

using ::testing::HasSubstr;

TEST(VerifyWithoutApplicationTest, AStackWithoutAnApplicationIsGreenByWhatItHas) {
  auto hosts = AllWellHosts();
  hosts.erase(kApp);
  hosts.erase(kOutside);
  for (const bool with_collector : {true, false}) {
    if (!with_collector) hosts.erase(kCollector);
    const auto rows = Rows(hosts);
    for (const VerifyRow& row : rows) {
      EXPECT_TRUE(row.state == RowState::kPass || row.state == RowState::kNotApplicable)
          << row.name << " from " << row.host << ": " << row.seen;
    }
    EXPECT_THAT(Row(rows, "Port check", ""), HasSubstr("n/a: no host of role app has joined"));
    EXPECT_EQ(Row(rows, "System logs", "db-1"), "pass: cloud-init ended well");
  }
  hosts = AllWellHosts();
  hosts.erase(kApp);
  EXPECT_THAT(Row(Rows(hosts), "DB is private", "collector-1"),
              HasSubstr("n/a: no proof: this stack has no host of role app that should reach it"));
  // That it is open is seen all the same.
  hosts[kCollector].checks.at(kExposure).state = State::kCritical;
  EXPECT_THAT(Row(Rows(hosts), "DB is private", "collector-1"), HasSubstr("fail: "));
}

}  // namespace
}  // namespace faultline::operator_api
