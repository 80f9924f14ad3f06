#include "cli/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::cli {
namespace {

using testing::HasSubstr;
using Map = std::map<std::string, std::string>;

absl::StatusOr<Settings> Make(const Map& options, const Map& variables = {},
                              bool terminal = false) {
  return MakeSettings(options, {[&](const std::string& name) {
                                  const auto found = variables.find(name);
                                  return found == variables.end()
                                             ? std::nullopt
                                             : std::optional<std::string>(found->second);
                                },
                                terminal});
}

TEST(Settings, FindTheCollectorByOptionThenVariableThenDefault) {
  const Map variables = {{"FAULTLINE_COLLECTOR", "http://from-variable:1"}};
  EXPECT_EQ(Make({{"--collector", "https://given:2/"}}, variables)->collector, "https://given:2");
  EXPECT_EQ(Make({}, variables)->collector, "http://from-variable:1");
  EXPECT_EQ(Make({})->collector, "http://127.0.0.1:7480");
  EXPECT_EQ(Make({{"--collector", "10.0.1.20:7480"}})->collector, "http://10.0.1.20:7480");
}

TEST(Settings, RefuseAnAddressThatIsNone) {
  for (const char* bad : {"", "ftp://x", "http://", "http://:1", "http://a b", "http://a?x=1",
                          "http://a\x1b[2J", "file:///etc/passwd"}) {
    const auto settings = Make({{"--collector", bad}});
    ASSERT_FALSE(settings.ok()) << bad;
    EXPECT_THAT(std::string(settings.status().message()), HasSubstr("http://HOST:PORT"));
  }
}

TEST(Settings, NeverRepeatAPassword) {
  const auto settings = Make({{"--collector", "http://admin:hunter2@host"}});
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(std::string(settings.status().message()), testing::Not(HasSubstr("hunter2")));
}

TEST(Settings, ColourATerminalUnlessItIsRefused) {
  EXPECT_TRUE(Make({}, {}, true)->color);
  EXPECT_FALSE(Make({}, {}, false)->color);
  EXPECT_FALSE(Make({}, {{"NO_COLOR", "1"}}, true)->color);
  EXPECT_TRUE(Make({}, {{"NO_COLOR", ""}}, true)->color);
  EXPECT_FALSE(Make({}, {{"TERM", "dumb"}}, true)->color);
  EXPECT_TRUE(Make({{"--color", "always"}}, {{"NO_COLOR", "1"}}, false)->color);
  EXPECT_FALSE(Make({{"--color", "never"}}, {}, true)->color);
}

TEST(Settings, ReadTheTimeout) {
  EXPECT_EQ(Make({{"--timeout", "500ms"}})->timeout, Span::Millis(500));
  EXPECT_EQ(Make({})->timeout, Span::Seconds(10));
  for (const char* bad : {"", "5", "-1s", "0s", "2d", "soon"}) {
    EXPECT_FALSE(Make({{"--timeout", bad}}).ok()) << bad;
  }
}

}  // namespace
}  // namespace faultline::cli
