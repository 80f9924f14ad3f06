#include "collector/metrics/exposition.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace faultline::metrics {
namespace {

std::string Number(double value) {
  std::string out;
  AppendNumber(value, &out);
  return out;
}

TEST(ExpositionTest, NumbersAreWrittenAsPrometheusReadsThem) {
  EXPECT_EQ(Number(0), "0");
  EXPECT_EQ(Number(3), "3");
  EXPECT_EQ(Number(-0.25), "-0.25");
  EXPECT_EQ(Number(0.00041), "0.00041");
  EXPECT_EQ(Number(1795317247), "1795317247");
  EXPECT_EQ(std::stod(Number(1795317247.412)), 1795317247.412);
  EXPECT_EQ(Number(std::nan("")), "NaN");
  EXPECT_EQ(Number(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(Number(-std::numeric_limits<double>::infinity()), "-Inf");
  EXPECT_EQ(std::stod(Number(std::numeric_limits<double>::max())),
            std::numeric_limits<double>::max());
}

TEST(ExpositionTest, EmptyLabelsAreLeftOut) {
  EXPECT_EQ(Labels({{"a", "1"}, {"b", ""}, {"c", "2"}}), "{a=\"1\",c=\"2\"}");
  EXPECT_EQ(Labels({{"b", ""}}), "");
  EXPECT_EQ(Labels({}), "");
}

TEST(ExpositionTest, HostileLabelValuesStayInsideTheirQuotes) {
  EXPECT_EQ(Labels({{"a", "x\"} 1\nevil 2"}}), "{a=\"x\\\"} 1 evil 2\"}");
  EXPECT_EQ(Labels({{"a", "C:\\n"}}), "{a=\"C:\\\\n\"}");
  EXPECT_EQ(Labels({{"a", "\xff\xc3"}}), "{a=\"??\"}");
  EXPECT_LT(Labels({{"a", std::string(100'000, 'x')}}).size(), 600u);
}

TEST(ExpositionTest, PartsOfNamesHoldOnlyWhatNamesMayHold) {
  EXPECT_EQ(NamePart("probe_duration_seconds"), "probe_duration_seconds");
  EXPECT_EQ(NamePart("p\xc3\xa4t h{}\n"), "p__t_h___");
}

TEST(ExpositionTest, AFamilyIsItsHeadAndItsSamples) {
  std::string text;
  {
    Exposition out([&](std::string_view piece) { text += piece; });
    out.Family("up", "gauge", "Up.");
    out.Sample("{a=\"1\"}", 1);
    out.Sample("", 0.5);
  }
  EXPECT_EQ(text, "# HELP up Up.\n# TYPE up gauge\nup{a=\"1\"} 1\nup 0.5\n");
}

TEST(ExpositionTest, ALongExpositionComesInBoundedPieces) {
  std::vector<size_t> pieces;
  {
    Exposition out([&](std::string_view piece) { pieces.push_back(piece.size()); });
    out.Family("up", "gauge", "Up.");
    for (int i = 0; i < 20'000; ++i) out.Sample("{a=\"some label of some length\"}", i);
  }
  ASSERT_GT(pieces.size(), 5u);
  for (const size_t size : pieces) EXPECT_LT(size, 66'000u);
}

}  // namespace
}  // namespace faultline::metrics
