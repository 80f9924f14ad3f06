#include "agent/unit_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/init/host_tree.h"

namespace faultline::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

config::AgentConfig WithUnits(const std::vector<std::string>& units) {
  config::AgentConfig config;
  for (const std::string& unit : units) {
    config::CheckConfig check;
    check.place = "checks[0]";
    check.id = {"unit", unit};
    config.checks.push_back(check);
  }
  return config;
}

TEST(UnknownUnitsTest, NamesATypoAndWhatWasMeant) {
  const init::HostTree host;
  host.Write("/usr/lib/systemd/system/nginx.service");
  host.Write("/usr/lib/systemd/system/getty@.service");
  host.Write("/run/systemd/generator.late/old.service");
  host.Link("/etc/systemd/system/www.service", "/usr/lib/systemd/system/nginx.service");
  init::HostFiles files(host.root());
  EXPECT_THAT(UnknownUnits(WithUnits({"nginx.service", "getty@tty1.service", "old.service",
                                      "www.service", "data.mount"}),
                           files),
              IsEmpty());
  EXPECT_THAT(
      UnknownUnits(WithUnits({"ngnix.service", "postgresql.service"}), files),
      ElementsAre("checks[0]: there is no unit ngnix.service on this host now, so its check "
                  "will be UNKNOWN; did you mean \"nginx.service\"?",
                  "checks[0]: there is no unit postgresql.service on this host now, so its "
                  "check will be UNKNOWN; see: systemctl list-unit-files"));
}

TEST(UnknownUnitsTest, SaysNothingWhereThereIsNoSystemd) {
  const init::HostTree host;
  init::HostFiles files(host.root());
  EXPECT_THAT(UnknownUnits(WithUnits({"nginx.service"}), files), IsEmpty());
}

}  // namespace
}  // namespace faultline::agent
