#include "cli/gauge_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace faultline::cli {
namespace {

TEST(GaugeText, ATimeIsATime) {
  EXPECT_EQ(GaugeText("log_last_line_timestamp_seconds", 1796110812.25),
            "2026-12-01 07:40:12.250 UTC");
  EXPECT_EQ(GaugeText("x_timestamp_seconds", 1e30), "1e+30 s");
}

TEST(GaugeText, HasTheUnitOfItsName) {
  EXPECT_EQ(GaugeText("probe_duration_seconds", 0.000123456), "123 us");
  EXPECT_EQ(GaugeText("probe_duration_seconds", 0.0123456), "12.3 ms");
  EXPECT_EQ(GaugeText("clock_offset_seconds", -1.5), "-1.5 s");
  EXPECT_EQ(GaugeText("mysql_uptime_seconds", 7800), "2h10m");
  EXPECT_EQ(GaugeText("mysql_uptime_seconds", 0), "0 s");
  EXPECT_EQ(GaugeText("filesystem_size_bytes", 512), "512 B");
  EXPECT_EQ(GaugeText("filesystem_size_bytes", 1717986918.4), "1.6 GiB");
  EXPECT_EQ(GaugeText("probe_packet_loss_ratio", 0.05), "5 %");
}

TEST(GaugeText, ANumberHasNoExponent) {
  EXPECT_EQ(GaugeText("unit_restarts_total", 2), "2");
  EXPECT_EQ(GaugeText("lines", 1796110812), "1796110812");
  EXPECT_EQ(GaugeText("load", 0.25), "0.25");
  EXPECT_EQ(GaugeText("load", 12.345), "12.3");
  EXPECT_EQ(GaugeText("load", 0.00001), "0.00001");
}

TEST(GaugeText, WhateverComesIsText) {
  EXPECT_EQ(GaugeText("a_bytes", std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(GaugeText("a_seconds", std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(GaugeText("", 1e300), "1e+300");
}

}  // namespace
}  // namespace faultline::cli
