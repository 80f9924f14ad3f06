// Cgroups of units: on directories that look like cgroupfs, and on this host's own.
#include "agent/host/cgroup.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

class CgroupTest : public testing::Test {
 protected:
  CgroupTest() { std::filesystem::create_directories(root_ + "/init.scope"); }

  uint64_t Make(const std::string& path) {
    std::filesystem::create_directories(root_ + path);
    return IdOf(path);
  }
  uint64_t IdOf(const std::string& path) const {
    struct stat info {};
    EXPECT_EQ(stat((root_ + path).c_str(), &info), 0) << path;
    return info.st_ino;
  }
  void Process(uint32_t pid, const std::string& cgroup) {
    const std::string directory = proc_ + "/" + std::to_string(pid);
    std::filesystem::create_directories(directory);
    std::ofstream(directory + "/cgroup") << cgroup;
  }

  const fakes::TempDirectory directory_;
  const std::string root_ = directory_ / "cgroup";
  const std::string proc_ = directory_ / "proc";
};

TEST(UnitCgroupPathTest, IsCutAtTheUnitsOwnDirectory) {
  EXPECT_EQ(UnitCgroupPath("0::/system.slice/mysql.service/worker\n", "mysql.service"),
            "/system.slice/mysql.service");
  EXPECT_EQ(UnitCgroupPath("1:cpu:/mysql.service\n0::/a.slice/a-b.slice/mysql.service\n",
                           "mysql.service"),
            "/a.slice/a-b.slice/mysql.service");
}

TEST(UnitCgroupPathTest, IsEmptyForWhatIsNotTheUnits) {
  for (const char* text :
       {"", "0::/", "0::/system.slice/other.service\n", "1:cpu:/system.slice/mysql.service\n",
        "0::/../mysql.service\n", "0::/system.slice//mysql.service\n",
        "0::/system.slice/mysql.service2\n", "0:/system.slice/mysql.service\n"}) {
    EXPECT_EQ(UnitCgroupPath(text, "mysql.service"), "") << text;
  }
}

TEST_F(CgroupTest, AUnitIsFoundInTheSystemSlice) {
  const uint64_t id = Make("/system.slice/mysql.service");
  const UnitCgroups found = FindUnitCgroups("mysql.service", 0, root_, proc_);
  EXPECT_TRUE(found.known);
  EXPECT_EQ(found.ids, std::set<uint64_t>{id});
}

TEST_F(CgroupTest, WhatLiesBelowAUnitIsItsOwn) {
  const uint64_t leaf = Make("/system.slice/mysql.service/payload/worker");
  const UnitCgroups found = FindUnitCgroups("mysql.service", 0, root_, proc_);
  EXPECT_EQ(found.ids.size(), 3u);
  EXPECT_EQ(found.ids.count(leaf), 1u);
}

TEST_F(CgroupTest, TheMainProcessTellsOfAUnitInAnotherSlice) {
  Make("/system.slice/mysql.service");
  const uint64_t id = Make("/db.slice/mysql.service");
  Process(77, "0::/db.slice/mysql.service\n");
  const UnitCgroups found = FindUnitCgroups("mysql.service", 77, root_, proc_);
  EXPECT_EQ(found.ids, std::set<uint64_t>{id});
}

TEST_F(CgroupTest, AMainProcessThatIsGoneLeavesTheSystemSlice) {
  const uint64_t id = Make("/system.slice/mysql.service");
  EXPECT_EQ(FindUnitCgroups("mysql.service", 78, root_, proc_).ids, std::set<uint64_t>{id});
}

TEST_F(CgroupTest, AUnitWithoutADirectoryIsNotKnown) {
  EXPECT_FALSE(FindUnitCgroups("mysql.service", 0, root_, proc_).known);
  EXPECT_FALSE(FindUnitCgroups("", 0, root_, proc_).known);
  EXPECT_FALSE(FindUnitCgroups("../init.scope", 0, root_, proc_).known);
  EXPECT_FALSE(FindUnitCgroups("mysql.service", 0, "", proc_).known);
}

TEST_F(CgroupTest, SoManyThatTheyAreNotAllReadAreBounded) {
  for (int i = 0; i < 300; ++i) Make("/system.slice/many.service/" + std::to_string(i));
  EXPECT_EQ(FindUnitCgroups("many.service", 0, root_, proc_).ids.size(), 256u);
}

TEST_F(CgroupTest, EveryDirectoryOfAServiceIsItsAndTheOutermostServiceCounts) {
  const uint64_t mysql = Make("/system.slice/mysql.service");
  const uint64_t worker = Make("/system.slice/mysql.service/payload/worker");
  const uint64_t session = Make("/user.slice/user-1.slice/user@1.service/app.slice/dev.service");
  Make("/system.slice/cron.service");
  Make("/init.scope");
  const std::map<uint64_t, std::string> units = UnitsByCgroup(root_);
  EXPECT_EQ(units.at(mysql), "mysql.service");
  EXPECT_EQ(units.at(worker), "mysql.service");
  EXPECT_EQ(units.at(session), "user@1.service");
  EXPECT_EQ(units.count(IdOf("/init.scope")), 0u);
  EXPECT_EQ(units.count(IdOf("/system.slice")), 0u);
  EXPECT_TRUE(UnitsByCgroup("").empty());
}

TEST_F(CgroupTest, TheRootAndInitScopeAreSystemds) {
  EXPECT_EQ(SystemdCgroups(root_), (std::set<uint64_t>{IdOf(""), IdOf("/init.scope")}));
  EXPECT_TRUE(SystemdCgroups("").empty());
}

TEST_F(CgroupTest, ADirectoryThatIsNoCgroupfsIsNoHierarchy) {
  EXPECT_EQ(UnifiedCgroupRoot(root_), "");
  const std::string real = UnifiedCgroupRoot();
  if (real.empty()) GTEST_SKIP() << "no cgroup v2 hierarchy here";
  EXPECT_EQ(real.rfind("/sys/fs/cgroup", 0), 0u);
}

}  // namespace
}  // namespace faultline::host
