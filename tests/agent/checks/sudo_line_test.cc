#include "agent/checks/sudo_line.h"

#include <gtest/gtest.h>

namespace faultline::checks {
namespace {

const std::vector<std::string> kUnitNames = {"mysql.service", "mariadb.service", "mysqld.service"};

TEST(SudoLineTest, SaysWhoRanWhat) {
  const auto ran = ParseSudoLine(
      "  ubuntu : TTY=pts/0 ; PWD=/home/ubuntu ; USER=root ; COMMAND=/usr/bin/systemctl stop "
      "mysql");
  ASSERT_TRUE(ran.has_value());
  EXPECT_EQ(ran->who, "ubuntu");
  EXPECT_EQ(ran->command, "/usr/bin/systemctl stop mysql");
}

TEST(SudoLineTest, OtherFieldsAreTakenToo) {
  const auto ran = ParseSudoLine(
      "ssm-user : PWD=/var/snap/amazon-ssm-agent ; USER=root ; GROUP=root ; ENV=A=1 ; "
      "TSID=000001 ; COMMAND=/usr/sbin/reboot");
  ASSERT_TRUE(ran.has_value());
  EXPECT_EQ(ran->who, "ssm-user");
  EXPECT_EQ(ran->command, "/usr/sbin/reboot");
}

TEST(SudoLineTest, ARefusalAndOtherLinesSayNothing) {
  for (
      const char* line :
      {"", " : ", "ubuntu : ",
       "mallory : command not allowed ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/systemctl "
       "stop mysql",
       "mallory : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; "
       "COMMAND=/usr/bin/systemctl stop mysql",
       "mallory : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/systemctl "
       "stop mysql",
       "pam_unix(sudo:session): session opened for user root(uid=0) by ubuntu(uid=1000)",
       "ubuntu : TTY=pts/0 ; PWD=/ ; USER=root", "ubuntu : TTY=pts/0 ; USER=root ; COMMAND=",
       "two words : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/systemctl stop mysql"}) {
    EXPECT_FALSE(ParseSudoLine(line).has_value()) << line;
  }
}

TEST(PolkitLineTest, SaysWhoWasAllowedWhat) {
  const auto ran = ParsePolkitLine(
      "Operator of unix-session:3 successfully authenticated as unix-user:admin to gain ONE-SHOT "
      "authorization for action org.freedesktop.systemd1.manage-units for "
      "system-bus-name::1.123 [systemctl stop mysql] (owned by unix-user:ubuntu)");
  ASSERT_TRUE(ran.has_value());
  EXPECT_EQ(ran->who, "ubuntu");
  EXPECT_EQ(ran->command, "systemctl stop mysql");
}

TEST(PolkitLineTest, ARefusalAndOtherActionsSayNothing) {
  for (const char* line :
       {"",
        "Operator of unix-session:3 FAILED to authenticate to gain authorization for action "
        "org.freedesktop.systemd1.manage-units for system-bus-name::1.123 [systemctl stop "
        "mysql] (owned by unix-user:ubuntu)",
        "Operator of unix-session:3 successfully authenticated as unix-user:admin to gain ONE-SHOT "
        "authorization for action org.freedesktop.login1.x for system-bus-name::1.1 [systemctl "
        "stop mysql] (owned by unix-user:ubuntu)",
        "a successfully authenticated  for action org.freedesktop.systemd1.manage-units ["}) {
    EXPECT_FALSE(ParsePolkitLine(line).has_value()) << line;
  }
}

TEST(CommandMeaningTest, WhatStopsTheUnitIsKnown) {
  for (const char* command :
       {"/usr/bin/systemctl stop mysql", "systemctl stop mysql.service",
        "/bin/systemctl --no-block stop nginx mariadb", "systemctl stop mysql*",
        "systemctl disable --now mysqld", "/usr/sbin/service mysql stop",
        "/etc/init.d/mariadb stop", "/bin/bash -c systemctl stop mysql",
        "/bin/sh -c 'cd /tmp && systemctl stop mysql; true'"}) {
    EXPECT_EQ(MeaningOf(command, kUnitNames), CommandMeaning::kStopsUnit) << command;
  }
}

TEST(CommandMeaningTest, WhatDoesSomethingElseIsKnown) {
  const std::vector<std::pair<const char*, CommandMeaning>> table = {
      {"systemctl restart mysql", CommandMeaning::kRestartsUnit},
      {"service mysql restart", CommandMeaning::kRestartsUnit},
      {"/usr/sbin/reboot", CommandMeaning::kStopsHost},
      {"systemctl poweroff", CommandMeaning::kStopsHost},
      {"/usr/sbin/shutdown -r now", CommandMeaning::kStopsHost},
      {"init 6", CommandMeaning::kStopsHost},
      {"/usr/bin/apt-get -y upgrade", CommandMeaning::kChangesPackages},
      {"", CommandMeaning::kOther},
      {"systemctl stop nginx", CommandMeaning::kOther},
      {"systemctl stop mysql-backup", CommandMeaning::kOther},
      {"systemctl status mysql", CommandMeaning::kOther},
      {"systemctl disable mysql", CommandMeaning::kOther},
      {"service mysql status", CommandMeaning::kOther},
      {"shutdown -c", CommandMeaning::kOther},
      {"grep 'systemctl stop mysql' /var/log/auth.log", CommandMeaning::kOther},
      {"/bin/bash script.sh", CommandMeaning::kOther},
      {"/bin/bash", CommandMeaning::kOther},
  };
  for (const auto& [command, meaning] : table) {
    EXPECT_EQ(MeaningOf(command, kUnitNames), meaning) << command;
  }
}

TEST(ShownCommandTest, LosesItsFolderAndItsSecrets) {
  EXPECT_EQ(ShownCommand("/usr/bin/systemctl stop mysql"), "systemctl stop mysql");
  EXPECT_EQ(ShownCommand("/usr/bin/mysqladmin --password=hunter2 shutdown"),
            "mysqladmin --password=*** shutdown");
  EXPECT_LE(ShownCommand(std::string(5000, 'x')).size(), 200u);
  EXPECT_EQ(ShownCommand("/"), "");
}

}  // namespace
}  // namespace faultline::checks
