// Which legacy tables there are: real texts of /proc, and none.
#include "agent/host/legacy_tables.h"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>

#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

// Root without its capabilities is held to the modes of its files.
class PlainUser {
 public:
  PlainUser() {
    syscall(SYS_capget, &header_, saved_);
    __user_cap_data_struct none[2] = {saved_[0], saved_[1]};
    none[0].effective = none[1].effective = 0;
    EXPECT_EQ(syscall(SYS_capset, &header_, none), 0);
  }
  ~PlainUser() { syscall(SYS_capset, &header_, saved_); }
  PlainUser(const PlainUser&) = delete;
  PlainUser& operator=(const PlainUser&) = delete;

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct saved_[2] = {};
};

class LegacyTablesTest : public testing::Test {
 protected:
  std::string File(const std::string& name, const std::string& text) {
    const std::string path = directory_.path() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  fakes::TempDirectory directory_;
};

TEST_F(LegacyTablesTest, TheKernelsOwnListIsCertain) {
  const LegacyTables tables =
      FindLegacyTables(false, File("names", "filter\nnat\n"), directory_.path() + "/none");
  EXPECT_EQ(tables.names, (std::vector<std::string>{"filter", "nat"}));
  EXPECT_TRUE(tables.certain);
}

TEST_F(LegacyTablesTest, AKernelWithoutLegacyIptablesHasNone) {
  const LegacyTables tables = FindLegacyTables(false, directory_.path() + "/none",
                                               File("modules", "iptable_filter 1 0 - Live\n"));
  EXPECT_TRUE(tables.names.empty());
  EXPECT_TRUE(tables.certain);
}

TEST_F(LegacyTablesTest, NamesThatAreNoTablesAreLeftOut) {
  const LegacyTables tables = FindLegacyTables(false, File("names", "filter\n-t\n; reboot\nrawx\n"),
                                               directory_.path() + "/none");
  EXPECT_EQ(tables.names, std::vector<std::string>{"filter"});
}

TEST_F(LegacyTablesTest, WhereOnlyRootMayReadTheListTheModulesTell) {
  const std::string names = File("names", "filter\n");
  ASSERT_EQ(chmod(names.c_str(), 0), 0);
  const std::string modules = File(
      "modules", "iptable_filter 16384 1 - Live\nip6table_raw 1 1 - Live\nip_tables 1 1 - Live\n");
  const PlainUser plain;
  const LegacyTables four = FindLegacyTables(false, names, modules);
  EXPECT_EQ(four.names, std::vector<std::string>{"filter"});
  EXPECT_FALSE(four.certain);
  EXPECT_EQ(FindLegacyTables(true, names, modules).names, std::vector<std::string>{"raw"});
  EXPECT_EQ(FindLegacyTables(true, names, File("empty", "")).names, std::vector<std::string>{});
  EXPECT_EQ(FindLegacyTables(false, names, directory_.path() + "/none").names,
            std::vector<std::string>{"filter"});
}

}  // namespace
}  // namespace faultline::host
