#include "common/service_account.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "common/process_owner.h"
#include "tests/fakes/temp_directory.h"

namespace faultline {
namespace {

void PutText(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << text;
}

TEST(UnitIdentityTest, TheLastWordCountsAndGroupsAddUp) {
  UnitIdentity identity;
  AddUnitFile(
      "[Unit]\nUser=nobody-in-unit\n[Service]\n# User=comment\nUser = faultline-agent\n"
      "Group=faultline-agent\nSupplementaryGroups=systemd-journal adm\n",
      &identity);
  EXPECT_EQ(identity.user, "faultline-agent");
  EXPECT_EQ(identity.group, "faultline-agent");
  EXPECT_EQ(identity.supplementary, (std::vector<std::string>{"systemd-journal", "adm"}));
  AddUnitFile("[Service]\nUser=other\nSupplementaryGroups=ssl-cert", &identity);
  EXPECT_EQ(identity.user, "other");
  EXPECT_EQ(identity.group, "faultline-agent");
  EXPECT_EQ(identity.supplementary.size(), 3u);
  AddUnitFile("[Service]\nSupplementaryGroups=\nSupplementaryGroups=adm\n", &identity);
  EXPECT_EQ(identity.supplementary, std::vector<std::string>{"adm"});
}

class ServiceAccountTest : public testing::Test {
 protected:
  void Unit(const std::string& text) {
    PutText(root_ / "usr/lib/systemd/system/faultline-agent.service", text);
  }
  std::optional<ServiceAccount> Find() {
    return FindServiceAccount("faultline-agent.service", root_ / "");
  }
  const fakes::TempDirectory root_;
};

TEST_F(ServiceAccountTest, IsTheUnitsUserWithAllItsGroups) {
  EXPECT_FALSE(Find().has_value()) << "not installed";
  Unit("[Service]\nUser=nobody\nSupplementaryGroups=adm no-such-group\n");
  const auto account = Find();
  ASSERT_TRUE(account.has_value());
  EXPECT_EQ(account->user, "nobody");
  EXPECT_EQ(account->uid, getpwnam("nobody")->pw_uid);
  EXPECT_EQ(account->group, getgrgid(getpwnam("nobody")->pw_gid)->gr_name);
  EXPECT_EQ(std::count(account->groups.begin(), account->groups.end(), getgrnam("adm")->gr_gid), 1);
}

TEST_F(ServiceAccountTest, ADropInAndAFileOfTheAdministratorCount) {
  Unit("[Service]\nUser=root\n");
  EXPECT_FALSE(Find().has_value()) << "root may read everything";
  PutText(root_ / "etc/systemd/system/faultline-agent.service.d/user.conf",
          "[Service]\nUser=nobody\n");
  EXPECT_TRUE(Find().has_value());
  PutText(root_ / "etc/systemd/system/faultline-agent.service", "[Service]\nGroup=adm\n");
  ASSERT_TRUE(Find().has_value());
  EXPECT_EQ(Find()->group, "adm");
}

TEST_F(ServiceAccountTest, AUserThatDoesNotExistIsNone) {
  Unit("[Service]\nUser=no-such-user\n");
  EXPECT_FALSE(Find().has_value());
}

TEST_F(ServiceAccountTest, MayReadWhatTheKernelSays) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  Unit("[Service]\nUser=nobody\nSupplementaryGroups=adm\n");
  const ServiceAccount account = Find().value();
  const std::string file = root_ / "folder/secret";
  PutText(file, "x");
  const auto set = [&](const std::string& path, gid_t group, mode_t mode) {
    ASSERT_EQ(chown(path.c_str(), 0, group), 0);
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
  };
  set(root_ / "", 0, 0755);
  set(root_ / "folder", 0, 0755);
  set(file, 0, 0640);
  EXPECT_EQ(UnreadableFor(account, file), file);
  set(file, getgrnam("adm")->gr_gid, 0640);
  EXPECT_EQ(UnreadableFor(account, file), "");
  set(file, getgrnam("adm")->gr_gid, 0600);
  EXPECT_EQ(UnreadableFor(account, file), file);
  set(file, 0, 0644);
  set(root_ / "folder", 0, 0700);
  EXPECT_EQ(UnreadableFor(account, file), root_ / "folder");
  EXPECT_EQ(UnreadableFor(account, root_ / "gone"), "") << "others tell that";
  EXPECT_EQ(geteuid(), 0u) << "it was a child's business";
}

TEST(HowToMayReadTest, APersonIsSentToSudoAndKeepsNothingForHerself) {
  EXPECT_TRUE(IsPerson(1000));
  EXPECT_FALSE(IsPerson(0));
  EXPECT_FALSE(IsPerson(999));
  EXPECT_FALSE(IsPerson(65534));
  if (geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  ASSERT_EQ(seteuid(1234), 0);
  const std::string read = HowToMayRead("/etc/faultline/agent.yaml");
  const std::string write = HowToMayWrite("/var/lib/faultline");
  ASSERT_EQ(seteuid(0), 0);
  EXPECT_NE(read.find("sudo"), std::string::npos) << read;
  EXPECT_EQ(read.find("chgrp"), std::string::npos) << read;
  EXPECT_EQ(write.find("chown"), std::string::npos) << write;
  EXPECT_NE(HowToMayRead("/x").find("chgrp root /x && chmod 640 /x"), std::string::npos);
}

}  // namespace
}  // namespace faultline
