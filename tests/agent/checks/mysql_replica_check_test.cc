// Replicas: a real MariaDB one, and MySQL's words from a scripted server.
#include <memory>
#include <utility>

#include "tests/agent/checks/mysql_testing.h"
#include "tests/fakes/scripted_mysql.h"

namespace faultline::checks {
namespace {

using fakes::ScriptedMySql;
using testing::HasSubstr;

class MySqlReplicaCheckTest : public MySqlServerTest {
 protected:
  void StartReplica(const std::string& delay_seconds) {
    primary_ = std::make_unique<fakes::PrivateMariaDb>(
        fakes::PrivateMariaDb::Options{.arguments = {"--log-bin=bin", "--server-id=1"}});
    primary_->Sql(
        "CREATE USER replica@'%' IDENTIFIED BY 'r'; GRANT REPLICATION SLAVE ON *.* TO replica@'%'");
    StartServer({.arguments = {"--server-id=2"}});
    server_->Sql("CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=" +
                 std::to_string(primary_->port()) +
                 ", MASTER_USER='replica', MASTER_PASSWORD='r', MASTER_LOG_FILE='bin.000001', "
                 "MASTER_LOG_POS=4, MASTER_DELAY=" +
                 delay_seconds + "; START SLAVE");
  }
  void Grant() { server_->Sql("GRANT SLAVE MONITOR ON *.* TO faultline@'%'"); }
  bool ReplicaRuns() const {
    return fakes::PrivateMariaDb::Until([&] {
      return server_->Sql("SHOW GLOBAL STATUS LIKE 'Slave_running'").find("ON") !=
             std::string::npos;
    });
  }
  config::CheckConfig Replica() const {
    config::CheckConfig config = MySql();
    SetOption(&config, "replica_lag", {"1s"});
    return config;
  }

  std::unique_ptr<fakes::PrivateMariaDb> primary_;
};

TEST_F(MySqlReplicaCheckTest, AReplicaThatFallsBehindIsSeen) {
  StartReplica("3600");
  Grant();
  ASSERT_TRUE(ReplicaRuns());
  Start(Replica());
  ASSERT_TRUE(UntilSaw(State::kWarning, "REPLICA_LAG")) << Last();
  EXPECT_GT(Gauge("mysql_replica_lag_seconds"), 1);
}

TEST_F(MySqlReplicaCheckTest, AReplicaThatStandsIsCritical) {
  StartReplica("0");
  Grant();
  ASSERT_TRUE(ReplicaRuns());
  server_->Sql("STOP SLAVE SQL_THREAD");
  Start(Replica());
  ASSERT_TRUE(UntilSaw(State::kCritical, "REPLICA_STOPPED")) << Last();
  EXPECT_THAT(Seen().detail, HasSubstr("does not apply what it receives"));
}

TEST_F(MySqlReplicaCheckTest, WithoutTheGrantTheLagIsUnknownAndTheGrantNamed) {
  StartServer();
  Start(Replica());
  ASSERT_TRUE(UntilSaw(State::kUnknown, "RIGHT_MISSING")) << Last();
  EXPECT_THAT(Seen().detail, HasSubstr("SLAVE MONITOR"));
}

TEST_F(MySqlReplicaCheckTest, AServerThatReplicatesFromNobodyIsNoReplica) {
  StartServer();
  Grant();
  Start(Replica());
  EXPECT_TRUE(UntilSaw(State::kUnknown, "NOT_A_REPLICA")) << Last();
}

class MySql8CheckTest : public CheckTest {
 protected:
  // What MySQL 8.0.36 says as a replica. Older ones know only `statement` "SHOW SLAVE STATUS".
  void StartCheck(const std::string& statement, const ScriptedMySql::Rows& replica) {
    server_ = std::make_unique<ScriptedMySql>([=](ScriptedMySql::Client& client) {
      client.Greet("8.0.36", "caching_sha2_password");
      client.Read();
      client.Packet("\x01\x03");
      client.Ok();
      client.Serve({{"SELECT 1",
                     {{{"1", "1"},
                       {"read_only", "1"},
                       {"innodb_read_only", "0"},
                       {"max_connections", "151"},
                       {"version", "8.0.36-0ubuntu0.22.04.1"}}}},
                    {"SHOW GLOBAL STATUS",
                     {{{"Variable_name", "Aborted_connects"}, {"Value", "4"}},
                      {{"Variable_name", "Threads_connected"}, {"Value", "17"}},
                      {{"Variable_name", "Uptime"}, {"Value", "86400"}}}},
                    {statement, replica}});
    });
    config::CheckConfig config = Config("mysql", "127.0.0.1:" + std::to_string(server_->port()));
    config.interval = Span::Millis(100);
    setenv("FAULTLINE_MYSQL8_PASSWORD", "s3cret", 1);
    SetOption(&config, "password_env", {"FAULTLINE_MYSQL8_PASSWORD"});
    SetOption(&config, "replica_lag", {"30s"});
    Start(config);
  }

  std::unique_ptr<ScriptedMySql> server_;
};

TEST_F(MySql8CheckTest, ItsReplicaIsAskedInItsWordsAndItsNumbersAreRead) {
  StartCheck("SHOW REPLICA STATUS", {{{"Replica_IO_Running", "Yes"},
                                      {"Replica_SQL_Running", "Yes"},
                                      {"Seconds_Behind_Source", "45"},
                                      {"Channel_Name", ""}}});
  ASSERT_TRUE(UntilSaw(State::kWarning, "REPLICA_LAG")) << Last();
  EXPECT_THAT(sink_.seen.back().detail, HasSubstr("45s behind"));
  double threads = 0;
  for (const GaugeValue& gauge : sink_.seen.back().gauges) {
    if (gauge.name == "mysql_threads_connected") threads = gauge.value;
  }
  EXPECT_EQ(threads, 17);
}

TEST_F(MySql8CheckTest, AnOlderOneIsAskedInOlderWords) {
  StartCheck("SHOW SLAVE STATUS", {{{"Slave_IO_Running", "No"},
                                    {"Slave_SQL_Running", "Yes"},
                                    {"Last_IO_Errno", "13114"},
                                    {"Last_IO_Error", "Got fatal error 1236"}}});
  ASSERT_TRUE(UntilSaw(State::kCritical, "REPLICA_STOPPED")) << Last();
  EXPECT_THAT(sink_.seen.back().detail, HasSubstr("error 13114: Got fatal error 1236"));
}

}  // namespace
}  // namespace faultline::checks
