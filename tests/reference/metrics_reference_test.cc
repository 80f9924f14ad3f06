#include "tests/reference/metrics_reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "collector/metrics/gauge_family.h"

namespace faultline::reference {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string ReadSource(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(FAULTLINE_SOURCE_DIR "/" + path).rdbuf();
  return text.str();
}

bool HasPromtool() { return std::system("command -v promtool >/dev/null 2>&1") == 0; }

TEST(MetricsReferenceTest, WhatIsMadeFromTheDeclarationsIsNew) {
  EXPECT_TRUE(ReadSource("collector/metrics/gauge_help.cc") == GaugeHelpSource())
      << "collector/metrics/gauge_help.cc is old; run: make docs";
  EXPECT_TRUE(ReadSource("docs/metrics.md") == MetricsDocument())
      << "docs/metrics.md is old; run: make docs";
}

TEST(MetricsReferenceTest, EveryGaugeThatAnAgentDeclaresIsServedWithItsMeaning) {
  const std::vector<GaugeReference> gauges = AgentGauges();
  const std::string text = FullExposition(gauges);
  EXPECT_GT(gauges.size(), 40u);
  for (const GaugeReference& gauge : gauges) {
    EXPECT_THAT(text, HasSubstr("\n" + gauge.family + "{")) << gauge.kind << " " << gauge.gauge;
    EXPECT_THAT(text, HasSubstr("# HELP " + gauge.family + " " + gauge.help + "\n"));
    EXPECT_EQ(gauge.help.find_first_of("\n\\"), std::string::npos) << gauge.help;
  }
  EXPECT_THAT(text, Not(HasSubstr("checks measured")));
}

// What IsOwnFamily keeps agents from is all that the collector writes, no more and no less.
TEST(MetricsReferenceTest, TheCollectorsOwnFamiliesAreAllKnown) {
  const std::vector<std::string_view>& known = metrics::OwnFamilies();
  const std::set<std::string> own(known.begin(), known.end());
  std::set<std::string> written;
  std::istringstream lines(FullExposition({}));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("# TYPE faultline_", 0) != 0) continue;
    const std::string name = line.substr(7, line.find(' ', 7) - 7);
    if (metrics::GaugeHelp(name).empty()) written.insert(name);  // the fakes' own gauges
  }
  EXPECT_EQ(written, own);
  EXPECT_TRUE(std::is_sorted(known.begin(), known.end()));
}

TEST(MetricsReferenceTest, AnAgentCannotSpeakForTheCollector) {
  const char* const gauges[][2] = {{"http", "requests_total"},
                                   {"http", "request_duration_seconds_count"},
                                   {"http", "request_duration_seconds"},
                                   {"host", "up"},
                                   {"collector", "tokens_active"}};
  for (const auto& [kind, gauge] : gauges) {
    EXPECT_TRUE(metrics::IsOwnFamily(metrics::GaugeFamilyName(kind, gauge))) << kind << gauge;
  }
  EXPECT_FALSE(metrics::IsOwnFamily(metrics::GaugeFamilyName("http", "status_code")));
  EXPECT_FALSE(metrics::IsOwnFamily("faultline_"));
}

TEST(MetricsReferenceTest, PromtoolFindsNothingToSayOfAllMetrics) {
  if (!HasPromtool()) GTEST_SKIP() << "promtool is not installed (Debian package prometheus)";
  const std::string file = ::testing::TempDir() + "/faultline_reference.txt";
  std::ofstream(file) << FullExposition(AgentGauges());
  EXPECT_EQ(std::system(("promtool check metrics < '" + file + "'").c_str()), 0);
  std::remove(file.c_str());
}

TEST(MetricsReferenceTest, TheRulesFireAndRestAsTheyShould) {
  if (!HasPromtool()) GTEST_SKIP() << "promtool is not installed (Debian package prometheus)";
  const std::string source = FAULTLINE_SOURCE_DIR;
  EXPECT_EQ(std::system(("promtool check rules '" + source +
                         "/deploy/prometheus/faultline.rules.yaml' >/dev/null")
                            .c_str()),
            0);
  EXPECT_EQ(
      std::system(("promtool test rules '" + source + "/tests/reference/rules.test.yaml'").c_str()),
      0);
}

}  // namespace
}  // namespace faultline::reference
