#include "collector/time_zone/zone_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace faultline::time_zone {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// The forms of lines as Debian 12 and 13 have them.
constexpr char kZi[] =
    "# version 2026f\n"
    "# redo posix_only\n"
    "R A 1916 o - Jun 14 23s 1 S\n"
    "Z Europe/Berlin 0:53:28 - LMT 1893 Ap\n"
    "1 c CE%sT 1945 May 24 2\n"
    "Z America/New_York -4:56:2 - LMT 1883 N 18 17u\n"
    "Z America/Los_Angeles -7:52:58 - LMT 1883 N 18 20u\n"
    "Z Asia/Kolkata 5:53:28 - LMT 1854 Jun 28\n"
    "Z Etc/GMT 0 - GMT\n"
    "Z Etc/GMT+2 -2 - %z\n"
    "Z Etc/GMT-14 14 - %z\n"
    "Z Factory 0 - -00\n"
    "L America/Los_Angeles US/Pacific\n"
    "L Asia/Kolkata Asia/Calcutta\n"
    "L Etc/GMT GMT+0\n"
    "L Etc/GMT Etc/GMT0\n"
    "L Broken\n"
    "Z\n";

std::string Error(const std::string& name) {
  return std::string(CheckZoneName(name, ParseZoneNames(kZi)).message());
}

TEST(ZoneNamesTest, ZonesAndTheirOtherNamesAreRead) {
  const ZoneNames names = ParseZoneNames(kZi);
  EXPECT_EQ(names.size(), 12u);
  EXPECT_EQ(names.at("Europe/Berlin"), "");
  EXPECT_EQ(names.at("US/Pacific"), "America/Los_Angeles");
  EXPECT_TRUE(ParseZoneNames("").empty());
  EXPECT_TRUE(ParseZoneNames(std::string("Z\0\xff\n L L", 9)).empty());
}

TEST(ZoneNamesTest, NamesOfTheDatabaseAreTaken) {
  for (const char* name : {"UTC", "Europe/Berlin", "US/Pacific", "Etc/GMT", "Etc/GMT0", "GMT+0"}) {
    EXPECT_EQ(Error(name), "") << name;
  }
}

TEST(ZoneNamesTest, WhatALibraryWouldLoadAllTheSameIsRefused) {
  for (const char* name :
       {"localtime", "Factory", "posixrules", "posix/Europe/Berlin", "right/Europe/Berlin", "/",
        "Fixed/UTC+02:00:00", "../Europe/Berlin", "Mars/Olympus_Mons", "", "CEST"}) {
    EXPECT_THAT(Error(name), StartsWith("is not a time zone")) << name;
  }
}

TEST(ZoneNamesTest, AnOffsetThatReadsTheWrongWayRoundIsRefused) {
  for (const char* name : {"Etc/GMT+2", "Etc/GMT-14"}) {
    EXPECT_EQ(Error(name),
              "reads the wrong way round (its + is behind UTC, its - ahead of it); write a city "
              "such as Europe/Berlin, or UTC");
  }
}

TEST(ZoneNamesTest, ANearMissSaysWhatWasMeant) {
  const std::pair<const char*, const char*> cases[] = {
      {"Europe//Berlin", "Europe/Berlin"}, {"europe/berlin", "Europe/Berlin"},
      {"Europe/Brelin", "Europe/Berlin"},  {"Berlin", "Europe/Berlin"},
      {"New York", "America/New_York"},    {"us/pacific", "US/Pacific"}};
  for (const auto& [name, meant] : cases) {
    EXPECT_THAT(Error(name), HasSubstr(std::string("did you mean \"") + meant + "\"?")) << name;
  }
  EXPECT_THAT(Error("Utopia/Nowhere"), HasSubstr("; write a city such as Europe/Berlin, or UTC"));
  // What would be refused in turn is not proposed.
  EXPECT_THAT(Error("factory"), HasSubstr("write a city"));
}

TEST(ZoneNamesTest, TheSystemsListIsUnderstood) {
  std::stringstream text;
  text << std::ifstream("/usr/share/zoneinfo/tzdata.zi").rdbuf();
  const ZoneNames names = ParseZoneNames(text.str());
  if (names.empty()) GTEST_SKIP() << "tzdata is not installed";
  EXPECT_GT(names.size(), 400u);
  for (const char* name : {"Europe/Berlin", "Asia/Kolkata", "US/Pacific", "America/Buenos_Aires"}) {
    EXPECT_TRUE(CheckZoneName(name, names).ok()) << name;
  }
}

}  // namespace
}  // namespace faultline::time_zone
