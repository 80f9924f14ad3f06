#include "agent/init/database_server.h"

#include <gtest/gtest.h>

#include "tests/agent/init/host_tree.h"

namespace faultline::init {
namespace {

Listener At(const char* address, uint16_t port, const char* unit) {
  return {*host::ParseIpAddress(address), port, unit};
}

class DatabaseServerTest : public testing::Test {
 protected:
  DatabaseServerTest() {
    host_.Write("/usr/lib/systemd/system/mariadb.service", "[Service]\nExecStart=/m\n");
    host_.Link("/etc/systemd/system/mysql.service", "/lib/systemd/system/mariadb.service");
  }
  HostTree host_;
};

TEST_F(DatabaseServerTest, ReadsDebiansMariadb) {
  host_.Write("/etc/mysql/my.cnf",
              "[client-server]\nsocket = /run/mysqld/mysqld.sock\n!includedir "
              "/etc/mysql/mariadb.conf.d/\n");
  host_.Write("/etc/mysql/mariadb.conf.d/50-server.cnf",
              "[server]\n[mysqld]\npid-file = /run/p\nbind-address = 127.0.0.1 # ours\n"
              "datadir='/srv/mysql'\n[client]\nport = 1\n[mariadb-10.11]\nlog_error = "
              "/var/log/mysql/error.log\n[mysqld]\nport=3307\n");
  host_.Write("/etc/mysql/mariadb.conf.d/ignored.txt", "[mysqld]\nport=5\n");
  host_.Write("/var/log/mysql/error.log");
  HostFiles files(host_.root());
  const auto server = FindDatabaseServer(
      files, {At("10.0.2.10", 3307, "mariadb.service"), At("0.0.0.0", 22, "ssh.service")});
  ASSERT_TRUE(server.has_value());
  EXPECT_EQ(server->unit.value, "mariadb.service");
  EXPECT_EQ(server->port, (Seen{"3307", "listens on 10.0.2.10:3307 (mariadb.service)"}));
  EXPECT_EQ(server->datadir, (Seen{"/srv/mysql", "/etc/mysql/mariadb.conf.d/50-server.cnf:5"}));
  EXPECT_EQ(server->error_log.value, "/var/log/mysql/error.log");
  EXPECT_EQ(server->listeners.size(), 1U);
  EXPECT_TRUE(server->networking);
}

TEST_F(DatabaseServerTest, TheListenerTellsAnotherPortThanTheFiles) {
  host_.Write("/etc/mysql/my.cnf", "[mysqld]\nport=3307\nskip_networking=0\n");
  HostFiles files(host_.root());
  const auto server = FindDatabaseServer(
      files, {At("0.0.0.0", 3310, "mariadb.service"), At("0.0.0.0", 33060, "mariadb.service")});
  EXPECT_EQ(server->port.value, "3310");
  EXPECT_TRUE(server->networking);
}

TEST_F(DatabaseServerTest, HasDefaultsAndKnowsSkipNetworking) {
  host_.Write("/etc/mysql/my.cnf", "[mysqld]\nskip-networking\nport=none\nlog_error=/gone\n");
  HostFiles files(host_.root());
  const auto server = FindDatabaseServer(files, {});
  EXPECT_FALSE(server->networking);
  EXPECT_EQ(server->port.value, "3306");
  EXPECT_EQ(server->socket.value, "/run/mysqld/mysqld.sock");
  EXPECT_EQ(server->error_log, Seen{});
  EXPECT_FALSE(server->running);
}

TEST_F(DatabaseServerTest, AHashInQuotesIsNoComment) {
  host_.Write("/etc/mysql/my.cnf",
              "[mysqld]\ndatadir = \"/data #1/mysql\" # where\nsocket=/run/my.sock # this\n");
  HostFiles files(host_.root());
  const auto server = FindDatabaseServer(files, {});
  ASSERT_TRUE(server.has_value());
  EXPECT_EQ(server->datadir.value, "/data #1/mysql");
  EXPECT_EQ(server->socket.value, "/run/my.sock");
}

TEST_F(DatabaseServerTest, FilesThatIncludeEachOtherEnd) {
  host_.Write("/etc/mysql/my.cnf", "!include /etc/mysql/my.cnf\n!includedir /etc/mysql\n");
  HostFiles files(host_.root());
  EXPECT_TRUE(FindDatabaseServer(files, {}).has_value());
}

TEST(DatabaseServerNoneTest, WithoutAUnitThereIsNone) {
  HostTree host;
  host.Write("/etc/mysql/my.cnf", "[mysqld]\n");
  HostFiles files(host.root());
  EXPECT_FALSE(FindDatabaseServer(files, {}).has_value());
}

}  // namespace
}  // namespace faultline::init
