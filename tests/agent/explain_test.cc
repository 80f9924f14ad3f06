#include "agent/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "agent/kind_report.h"
#include "google/protobuf/util/json_util.h"
#include "tests/cli/program.h"

namespace faultline::agent {
namespace {

namespace v1 = faultline::v1;
using cli::Program;
using testing::HasSubstr;

checks::CheckKind Swap() {
  checks::CheckKind kind;
  kind.kind = "swap";
  kind.help =
      "How full the swap space is. Read from /proc/meminfo, which the kernel keeps for all.";
  kind.target_help = "\"system\"";
  kind.rights = "None.";
  kind.needs = {{.type = checks::Right::Type::kGroup, .name = "adm"}};
  kind.default_interval = Span::Seconds(10);
  kind.min_interval = Span::Seconds(1);
  kind.options = {{.name = "critical",
                   .type = checks::OptionType::kDuration,
                   .default_value = "2m",
                   .help = "CRITICAL after this long.",
                   .min = Span::Seconds(1).ns,
                   .max = Span::Seconds(3600).ns},
                  {.name = "pattern", .help = "One of a|b.", .required = true}};
  kind.reasons = {{"SWAP_FULL", "CRITICAL: less than a tenth is left."}};
  kind.gauges = {{"swap_free_bytes", "What is left."}};
  return kind;
}

v1::KindReport SwapReport() {
  config::CheckConfig example;
  example.id = {.kind = "swap", .target = "[system]", .name = ""};
  example.options["pattern"] = {.values = {"a", "b"}, .is_list = true, .line = 1};
  return ReportKind(Swap(), example);
}

TEST(ExplainTest, AKindReadsLikeAManualPage) {
  EXPECT_EQ(ExplainKind(SwapReport()), R"(swap
  How full the swap space is. Read from /proc/meminfo, which the kernel keeps
  for all.

Target    "system"
Interval  10s, at least 1s
Rights    None.

Options
  critical: duration, 1s to 1h, default 2m
      CRITICAL after this long.
  pattern: text, required
      One of a|b.

Reasons
  SWAP_FULL
      CRITICAL: less than a tenth is left.

Gauges
  swap_free_bytes
      What is left.

Example
checks:
  - kind: swap
    target: '[system]'
    pattern: [a, b]
)");
}

TEST(ExplainTest, MarkdownKeepsItsTablesWhole) {
  v1::KindList kinds;
  *kinds.add_kinds() = SwapReport();
  const std::string text = ExplainMarkdown(kinds);
  EXPECT_THAT(text, HasSubstr("| `pattern` | text, required | One of a\\|b. |"));
  EXPECT_THAT(text, HasSubstr("```yaml\nchecks:\n  - kind: swap\n"));
  EXPECT_THAT(text, HasSubstr("### outside"));
}

TEST(ExplainTest, JsonHoldsTheNeedsByName) {
  EXPECT_THAT(SwapReport().needs(), testing::ElementsAre("group adm"));
}

TEST(ExplainProgramTest, ListsKindsAndRoles) {
  Program program({"explain"});
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_THAT(program.output(), HasSubstr("\n  port "));
  EXPECT_THAT(program.output(), HasSubstr("\n  outside "));
}

TEST(ExplainProgramTest, ExplainsOneKindAndOneRole) {
  Program port({"explain", "port"});
  EXPECT_EQ(port.Wait(), 0);
  EXPECT_THAT(port.output(), testing::StartsWith("port\n  Whether a TCP port"));
  EXPECT_THAT(port.output(), HasSubstr("target: 10.0.2.10:3306"));
  Program db({"explain", "db"});
  EXPECT_EQ(db.Wait(), 0);
  EXPECT_THAT(db.output(), HasSubstr("listener:{database.port}\n      unit: {database.unit}"));
}

TEST(ExplainProgramTest, SuggestsTheNameThatWasMeant) {
  Program program({"explain", "prot"});
  EXPECT_EQ(program.Wait(), 2);
  EXPECT_THAT(program.errors(), HasSubstr("did you mean \"port\"?"));
}

TEST(ExplainProgramTest, JsonCanBeReadBack) {
  Program program({"explain", "--output", "json"});
  EXPECT_EQ(program.Wait(), 0);
  v1::KindList kinds;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(program.output(), &kinds).ok());
  EXPECT_GE(kinds.kinds_size(), 5);
}

TEST(ExplainProgramTest, TheDocumentIsWhatTheProgramPrints) {
  Program program({"explain", "--output", "markdown"});
  EXPECT_EQ(program.Wait(), 0);
  std::ostringstream document;
  document << std::ifstream(FAULTLINE_SOURCE_DIR "/docs/checks.md").rdbuf();
  EXPECT_TRUE(program.output() == document.str()) << "docs/checks.md is old; run: make docs";
}

TEST(HelpTest, NamesTheExitCodes) {
  Program program({"--help"});
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_THAT(program.output(), HasSubstr("3 only UNKNOWN besides OK"));
}

}  // namespace
}  // namespace faultline::agent
