#include "agent/init/database_client.h"

#include <gtest/gtest.h>

namespace faultline::init {
namespace {

TEST(DatabaseClientTest, TakesHostAndPortOfAUrlAndNothingElse) {
  const struct {
    const char* url;
    const char* address;
  } rows[] = {{"mysql://todo:secret@10.0.2.10:3307/todo", "10.0.2.10:3307"},
              {"mysql+pymysql://todo:secret@data/todo?charset=utf8", "data:3306"},
              {"mariadb://db.internal", "db.internal:3306"},
              {"mysql2://u@[2001:db8::1]:3306/x", "[2001:db8::1]:3306"},
              {"mysql2://u@[2001:db8::1]", "[2001:db8::1]:3306"},
              {"postgresql://u:p@h:5432/d", ""},
              {"sqlite:////srv/x.db", ""},
              {"", ""},
              // Passwords that were not encoded must not come out as a host or a port.
              {"mysql://u:p@ss@h/d", ""},
              {"mysql://u:12/34@h/d", ""},
              {"mysql://u:pa?ss@h/d", ""},
              {"mysql://u:p@h:99999/d", ""},
              {"mysql://u:p@[no]:1/d", ""},
              {"mysql://u:p@[::1/d", ""},
              {"mysql://u:p@h h/d", ""}};
  for (const auto& row : rows) EXPECT_EQ(DatabaseAddressOfUrl(row.url), row.address) << row.url;
}

TEST(DatabaseClientTest, TakesTheUsualNamesOfAnEnvironment) {
  EXPECT_EQ(DatabaseAddressIn({{"DB_HOST", "data"}, {"DB_PASSWORD", "x"}}), "data:3306");
  EXPECT_EQ(DatabaseAddressIn({{"MYSQL_HOST", "10.0.0.1"}, {"MYSQL_PORT", "3307"}}),
            "10.0.0.1:3307");
  EXPECT_EQ(DatabaseAddressIn({{"DB_HOST", "pg"}, {"DB_PORT", "5432"}}), "") << "PostgreSQL";
  EXPECT_EQ(DatabaseAddressIn({{"DB_HOST", "a b"}}), "");
  EXPECT_EQ(DatabaseAddressIn({{"DATABASE_URL", "mysql://u:p@h/d"}}), "h:3306");
  EXPECT_EQ(DatabaseAddressIn({{"SECRET_KEY", "x"}}), "");
}

TEST(DatabaseClientTest, SaysWhatItFoundAndDidNotTakeAndNothingOfASecret) {
  EXPECT_EQ(DatabaseHintIn({{"SECRET_KEY", "x"}}), "");
  EXPECT_EQ(DatabaseHintIn({{"DB_HOST", "pg"}, {"DB_PORT", "5432"}}),
            "DB_HOST is of postgresql, by its port");
  EXPECT_EQ(DatabaseHintIn({{"DB_HOST", "a b"}}), "DB_HOST is not plainly a host");
  EXPECT_EQ(DatabaseHintIn({{"DATABASE_URL", "postgresql+psycopg2://u:secret@h/d"}}),
            "DATABASE_URL is of postgresql");
  EXPECT_EQ(DatabaseHintIn({{"DATABASE_URL", "mysql://u:sec/ret@h/d"}}),
            "DATABASE_URL does not plainly say its host (a password with @, / or ? in it?)");
  EXPECT_EQ(DatabaseHintIn({{"DB_URL", "secret://x"}}), "DB_URL is not a URL of mysql or mariadb");
  EXPECT_EQ(DatabaseHintIn({{"DB_URL", "secret"}}), "DB_URL is not a URL of mysql or mariadb");
}

TEST(DatabaseClientTest, KnowsLoopback) {
  EXPECT_TRUE(IsLoopbackAddress("localhost:3306"));
  EXPECT_TRUE(IsLoopbackAddress("127.0.0.1:1"));
  EXPECT_TRUE(IsLoopbackAddress("[::1]:3306"));
  EXPECT_FALSE(IsLoopbackAddress("10.0.0.1:3306"));
  EXPECT_FALSE(IsLoopbackAddress("nonsense"));
}

}  // namespace
}  // namespace faultline::init
