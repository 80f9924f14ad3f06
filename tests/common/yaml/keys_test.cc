#include "common/yaml/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::yaml {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Keys& Example() {
  static const auto& keys = *new Keys({
      {"listen.agents", Literal("0.0.0.0:7443"), "Where agents connect."},
      {"listen.http", "", "Page and API."},
      {"tokens[].file", "needed", "File of a token."},
      {"tokens[].hook.url", "", "Where to."},
      {"grace", Literal(Span::Seconds(30)), "How long, {limits}.",
       SpanLimits{Span{}, Span::Seconds(86'400 * 7)}},
  });
  return keys;
}

TEST(KeysTest, SaysWhatMayStandInEachMap) {
  EXPECT_THAT(Example().In(""), ElementsAre("listen", "tokens", "grace"));
  EXPECT_THAT(Example().In("listen"), ElementsAre("agents", "http"));
  EXPECT_THAT(Example().In("tokens[]"), ElementsAre("file", "hook"));
  EXPECT_THAT(Example().In("tokens[].hook"), ElementsAre("url"));
  EXPECT_THAT(Example().In("tokens"), IsEmpty());
  EXPECT_THAT(Example().In("list"), IsEmpty());
}

TEST(KeysTest, ReadsADurationWithinTheLimitsThatItTellsOf) {
  const auto root = Parse("grace: 8d", "x.yaml");
  Errors errors("x.yaml");
  const Fields fields(*root, "", Example().In(""), errors);
  Span value = Span::Seconds(5);
  Example().ReadDuration(fields, "grace", value);
  EXPECT_THAT(std::string(errors.status().message()), HasSubstr("grace"));
  EXPECT_EQ(value.ns, Span::Seconds(5).ns);
  EXPECT_THAT(KeysMarkdown(Example()), HasSubstr("| `grace` | `30s` | How long, 0s to 7d. |\n"));
}

TEST(KeysTest, ExplainsAllKeysOrThoseBelowOnePlace) {
  EXPECT_EQ(ExplainKeys(Example(), "listen"),
            "  listen.agents (default: 0.0.0.0:7443)\n      Where agents connect.\n"
            "  listen.http\n      Page and API.\n");
  EXPECT_EQ(ExplainKeys(Example(), "tokens"),
            "  tokens[].file (needed)\n      File of a token.\n"
            "  tokens[].hook.url\n      Where to.\n");
  EXPECT_THAT(ExplainKeys(Example(), ""), HasSubstr("grace (default: 30s)"));
  EXPECT_EQ(ExplainKeys(Example(), "liste"), "");
}

TEST(KeysTest, BreaksLongTextsForATerminal) {
  const std::string text =
      ExplainKeys(Keys({{"a", "", std::string(60, 'x') + " `b` " + std::string(30, 'y')}}), "");
  EXPECT_EQ(text,
            "  a\n      " + std::string(60, 'x') + " b\n      " + std::string(30, 'y') + "\n");
}

}  // namespace
}  // namespace faultline::yaml
