#include "collector/time_zone/zone_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace faultline::time_zone {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr char kSystem[] = "/usr/share/zoneinfo/";

// A tz database of its own, with the system's files under other names.
class ZoneDataTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(std::string(kSystem) + "Europe/Berlin")) GTEST_SKIP() << "needs tzdata";
    std::string directory = ::testing::TempDir() + "/zones-XXXXXX";
    ASSERT_NE(mkdtemp(directory.data()), nullptr);
    directory_ = directory;
    ASSERT_EQ(setenv("TZDIR", directory.c_str(), 1), 0);
    std::ofstream(directory_ / "tzdata.zi") << "# version test\nZ Test/Here 0 - X\nZ Test/New 0 - X"
                                               "\nZ Test/There 0 - X\nL Test/Here Old/Here\n";
    fs::create_directory(directory_ / "Test");
  }
  void TearDown() override {
    unsetenv("TZDIR");
    if (!directory_.empty()) fs::remove_all(directory_);
  }
  // As dpkg does: a new file takes the old one's place.
  void Install(const std::string& zone, const std::string& data_of) {
    fs::copy_file(kSystem + data_of, directory_ / "new", fs::copy_options::overwrite_existing);
    fs::rename(directory_ / "new", directory_ / zone);
  }
  static std::string TimeIn(const std::string& zone) {
    const auto found = FindZone(zone);
    // 2026-11-30 00:53:20 UTC.
    return found ? absl::FormatTime("%d %H:%M", absl::FromUnixSeconds(1795999999), *found)
                 : "unknown";
  }
  static std::string Error(const std::string& zone) {
    return std::string(CheckZone(zone).message());
  }

  fs::path directory_;
};

TEST_F(ZoneDataTest, AnUpgradeCountsInARunningProcess) {
  Install("Test/Here", "America/New_York");
  const std::string before = TimeIn("Test/Here");
  Install("Test/Here", "Europe/Berlin");
  const std::string after = TimeIn("Test/Here");
  EXPECT_NE(before, after);
  Install("Test/Here", "America/New_York");
  EXPECT_EQ(TimeIn("Test/Here"), before);
  EXPECT_EQ(TimeIn("Test/Here"), before);
}

TEST_F(ZoneDataTest, AZoneThatWasNotThereIsFoundOnceItIs) {
  EXPECT_EQ(TimeIn("Test/New"), "unknown");
  EXPECT_THAT(Error("Test/New"), HasSubstr("data cannot be read"));
  Install("Test/New", "Europe/Berlin");
  EXPECT_NE(TimeIn("Test/New"), "unknown");
  EXPECT_TRUE(CheckZone("Test/New").ok());
}

TEST_F(ZoneDataTest, WhileTheFileIsAwayOrDamagedWhatWasReadStands) {
  Install("Test/There", "Asia/Kolkata");
  const std::string before = TimeIn("Test/There");
  fs::remove(directory_ / "Test/There");
  EXPECT_EQ(TimeIn("Test/There"), before);
  std::ofstream(directory_ / "Test/There") << "TZif? no";
  EXPECT_EQ(TimeIn("Test/There"), before);
}

TEST_F(ZoneDataTest, AnOldNameWithoutDataNamesItsPackage) {
  Install("Test/Here", "Europe/Berlin");
  EXPECT_EQ(Error("Old/Here"),
            "is an old name that this system has no data of; write Test/Here, or sudo apt install "
            "tzdata-legacy");
}

TEST_F(ZoneDataTest, WithoutTzdataTheErrorSaysWhatToInstall) {
  fs::remove(directory_ / "tzdata.zi");
  EXPECT_THAT(Error("Europe/Berlin"), HasSubstr("sudo apt install tzdata) or write UTC"));
  EXPECT_TRUE(CheckZone("UTC").ok());
}

}  // namespace
}  // namespace faultline::time_zone
