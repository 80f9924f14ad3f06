// Rows as servers give them, shortened to what is read and a few columns beside it.
#include "agent/checks/mysql_replica.h"

#include <gtest/gtest.h>

namespace faultline::checks {
namespace {

TEST(MySqlReplica, MySql8SpeaksOfSourcesAndReplicas) {
  const auto channels = ParseReplicaRows({{{"replica_io_state", "Waiting for source to send event"},
                                           {"source_host", "10.0.2.10"},
                                           {"replica_io_running", "Yes"},
                                           {"replica_sql_running", "Yes"},
                                           {"last_errno", "0"},
                                           {"seconds_behind_source", "12"},
                                           {"last_io_errno", "0"},
                                           {"last_io_error", ""},
                                           {"last_sql_errno", "0"},
                                           {"last_sql_error", ""},
                                           {"channel_name", "shop"}}});
  ASSERT_EQ(channels.size(), 1u);
  EXPECT_EQ(channels[0].name, "shop");
  EXPECT_TRUE(channels[0].receiving);
  EXPECT_TRUE(channels[0].applying);
  EXPECT_EQ(channels[0].lag, Span::Seconds(12));
  EXPECT_EQ(channels[0].error, "");
}

TEST(MySqlReplica, MariaDbSpeaksOfMastersAndSlaves) {
  const auto channels = ParseReplicaRows({{{"connection_name", ""},
                                           {"slave_io_running", "Connecting"},
                                           {"slave_sql_running", "Yes"},
                                           {"seconds_behind_master", std::nullopt},
                                           {"last_io_errno", "2003"},
                                           {"last_io_error", "error connecting to master"},
                                           {"last_sql_errno", "0"}}});
  ASSERT_EQ(channels.size(), 1u);
  EXPECT_FALSE(channels[0].receiving);
  EXPECT_TRUE(channels[0].applying);
  EXPECT_FALSE(channels[0].lag.has_value());
  EXPECT_EQ(channels[0].error, "error 2003: error connecting to master");
}

TEST(MySqlReplica, WhatIsNoNumberIsNoLag) {
  for (const char* text : {"", "-1", "soon", "99999999999999999999"}) {
    const auto channels = ParseReplicaRows({{{"seconds_behind_master", text}}});
    EXPECT_FALSE(channels[0].lag.has_value()) << text;
  }
}

TEST(MySqlReplica, NoRowsIsNoReplica) { EXPECT_TRUE(ParseReplicaRows({}).empty()); }

TEST(MySqlReplica, AServerIsAskedInItsOwnWords) {
  EXPECT_EQ(ReplicaStatements(true).size(), 1u);
  EXPECT_EQ(ReplicaStatements(false).front(), "SHOW REPLICA STATUS");
}

}  // namespace
}  // namespace faultline::checks
