// The mysql check against a real MariaDB, and its configuration.
#include "agent/host/mysql_session.h"
#include "tests/agent/checks/mysql_testing.h"

namespace faultline::checks {
namespace {

using testing::HasSubstr;
using testing::Not;

class MySqlCheckTest : public MySqlServerTest {};

TEST_F(MySqlCheckTest, AServerThatAnswersIsWellAndTellsItsNumbers) {
  StartServer();
  Start(MySql());
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  EXPECT_THAT(Seen().detail, HasSubstr("MariaDB"));
  EXPECT_EQ(Gauge("mysql_max_connections"), 151);
  EXPECT_GE(Gauge("mysql_threads_connected"), 1);
  EXPECT_GE(Gauge("mysql_uptime_seconds"), 0);
  EXPECT_GE(Gauge("mysql_aborted_connects_total"), 0);
  EXPECT_GT(Gauge("mysql_query_duration_seconds"), 0);
  EXPECT_GT(Gauge("mysql_login_duration_seconds"), 0);
  EXPECT_EQ(sink_.endpoints[0], "127.0.0.1 " + std::to_string(server_->port()));
}

TEST_F(MySqlCheckTest, OneLoginIsKeptAndAskedAgainAndAgain) {
  StartServer();
  Start(MySql());
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  const int before = Logins();
  ASSERT_TRUE(Until([&] { return sink_.seen.size() >= 10; }));
  EXPECT_EQ(Logins(), before + 1) << "more than the login that asks this";
}

TEST_F(MySqlCheckTest, AUnixSocketIsALoginLikeAnyOther) {
  StartServer();
  server_->Sql("CREATE USER faultline@localhost IDENTIFIED BY 'right'");
  config::CheckConfig config = MySql();
  config.id.target = server_->socket();
  Start(config);
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(MySqlCheckTest, AStopIsToldByTheKeptLoginAndNotAtTheNextInterval) {
  StartServer();
  config::CheckConfig config = MySql();
  config.interval = Span::Seconds(3600);
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  server_->Stop();
  EXPECT_TRUE(UntilSaw(State::kCritical, "REFUSED")) << Last();
}

TEST_F(MySqlCheckTest, AServerThatComesBackIsSeenByTheNextLook) {
  StartServer();
  Start(MySql());
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  server_->Stop();
  ASSERT_TRUE(UntilSaw(State::kCritical, "REFUSED")) << Last();
  server_->Start();
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(MySqlCheckTest, AHungServerIsSeenOnTheKeptLoginAndSoIsItsAwakening) {
  StartServer();
  Start(MySql());
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  server_->Pause();
  ASSERT_TRUE(UntilSaw(State::kCritical, "NO_GREETING")) << Last();
  EXPECT_THAT(Seen().detail, HasSubstr("is hung"));
  EXPECT_THAT(Seen().detail, HasSubstr("tried again by itself"));
  server_->Resume();
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(MySqlCheckTest, AHungServerIsSeenByTheFirstLoginAndSoIsItsAwakening) {
  StartServer();
  server_->Pause();
  Start(MySql());
  ASSERT_TRUE(UntilSaw(State::kCritical, "NO_GREETING")) << Last();
  const size_t seen = sink_.seen.size();
  ASSERT_TRUE(Until([&] { return sink_.seen.size() > seen + 5; }));
  EXPECT_TRUE(sink_.Saw(State::kCritical, "NO_GREETING")) << "it says its last word at each look";
  server_->Resume();
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(MySqlCheckTest, TheMonitoringUsersOwnWrongPasswordIsUnknownAndTriedOnce) {
  StartServer();
  SetPassword("s3cret-but-wrong");
  Start(MySql());
  ASSERT_TRUE(UntilSaw(State::kUnknown, "AUTH_DENIED")) << Last();
  EXPECT_THAT(Seen().detail, HasSubstr("\"faultline\""));
  EXPECT_GT(Gauge("mysql_last_login_timestamp_seconds"), 0);
  EXPECT_GE(Gauge("mysql_next_login_timestamp_seconds"),
            Gauge("mysql_last_login_timestamp_seconds") + 299);
  ASSERT_EQ(Seen().evidence.size(), 1u);
  EXPECT_THAT(Seen().evidence[0].text, HasSubstr("error 1045 from " + server_->endpoint()));
  const int before = Logins();
  ASSERT_TRUE(Until([&] { return sink_.seen.size() >= 10; }));
  EXPECT_EQ(Logins(), before + 1);
  for (const Observation& each : sink_.seen) {
    EXPECT_THAT(each.detail + each.evidence[0].text, Not(HasSubstr("s3cret")));
  }
}

TEST_F(MySqlCheckTest, ANewPasswordInTheFileIsTriedWithoutWaiting) {
  StartServer();
  SetPassword("wrong");
  Start(MySql());
  ASSERT_TRUE(UntilSaw(State::kUnknown, "AUTH_DENIED")) << Last();
  SetPassword("right");
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(MySqlCheckTest, WhoAsksAfterAPasswordWasMendedIsAnsweredByALoginAtOnce) {
  StartServer();
  SetPassword("wrong");
  config::CheckConfig config = MySql();
  config.interval = Span::Seconds(60);  // nothing but the question makes it look
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kUnknown, "AUTH_DENIED")) << Last();
  SetPassword("right");
  bool done = false;
  check_->LookNow([&] { done = true; });
  // Less than what news of the file make it wait after a failure.
  ASSERT_TRUE(Until([&] { return done; }, Span::Seconds(4)));
  EXPECT_TRUE(sink_.Saw(State::kOk, "")) << Last();
}

TEST_F(MySqlCheckTest, APersonWhoMendedTheUserOnTheServerIsAnsweredByALogin) {
  StartServer();
  SetPassword("new");
  config::CheckConfig config = MySql();
  config.interval = Span::Seconds(60);  // nothing but the question makes it look
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kUnknown, "AUTH_DENIED")) << Last();
  server_->Sql("ALTER USER faultline IDENTIFIED BY 'new'");
  // Not earlier than 5 s after the last one.
  const MonoTime until = clock_.Mono() + Span::Seconds(10);
  while (!sink_.Saw(State::kOk, "") && clock_.Mono() < until) {
    check_->OnPersonAsks();
    bool done = false;
    check_->LookNow([&] { done = true; });
    ASSERT_TRUE(Until([&] { return done; }));
  }
  EXPECT_TRUE(sink_.Saw(State::kOk, "")) << Last();
}

TEST_F(MySqlCheckTest, APasswordThatEverybodyMayReadIsRefused) {
  StartServer();
  ASSERT_EQ(chmod(password_file().c_str(), 0644), 0);
  Start(MySql());
  ASSERT_TRUE(UntilSaw(State::kUnknown, "PASSWORD_UNREADABLE")) << Last();
  EXPECT_THAT(Seen().detail, HasSubstr("chmod 640"));
}

TEST_F(MySqlCheckTest, AServerFullOfConnectionsIsCritical) {
  StartServer({.arguments = {"--max-connections=10", "--extra-max-connections=1"}});
  server_->Sql("CREATE USER hog@'%' IDENTIFIED BY 'hog'");
  std::vector<std::unique_ptr<host::MySqlSession>> hogs;
  for (int i = 0; i < 12; ++i) {
    host::MySqlOpened opened = host::OpenMySqlSession(
        {.host = "127.0.0.1", .port = server_->port(), .user = "hog", .timeout = Span::Seconds(5)},
        host::Secret("hog"));
    if (opened.session != nullptr) hogs.push_back(std::move(opened.session));
  }
  Start(MySql());
  ASSERT_TRUE(UntilSaw(State::kCritical, "TOO_MANY_CONNECTIONS")) << Last();
  EXPECT_THAT(Seen().evidence[0].text, HasSubstr("error 1040"));
  hogs.clear();
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(MySqlCheckTest, ADatabaseThatIsNotThereIsCritical) {
  StartServer();
  server_->Sql("GRANT SELECT ON *.* TO faultline@'%'");
  config::CheckConfig config = MySql();
  SetOption(&config, "database", {"shopp"});
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kCritical, "UNKNOWN_DATABASE")) << Last();
  EXPECT_THAT(Seen().detail, HasSubstr("\"shopp\""));
}

TEST_F(MySqlCheckTest, AHostWithoutAnyAccountIsNotAllowed) {
  StartServer();
  server_->Sql(
      "DROP USER faultline@'%'; DELETE FROM mysql.global_priv WHERE Host <> 'localhost'; "
      "FLUSH PRIVILEGES");
  Start(MySql());
  ASSERT_TRUE(UntilSaw(State::kCritical, "HOST_NOT_ALLOWED")) << Last();
  EXPECT_THAT(Seen().evidence[0].text, HasSubstr("error 1130"));
}

TEST_F(MySqlCheckTest, AReadOnlyServerIsCriticalWhereTheApplicationWrites) {
  StartServer();
  config::CheckConfig config = MySql();
  SetOption(&config, "writable", {"true"});
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  server_->Sql("SET GLOBAL read_only=1");
  ASSERT_TRUE(UntilSaw(State::kCritical, "READ_ONLY")) << Last();
  server_->Sql("SET GLOBAL read_only=0");
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(MySqlCheckTest, AKilledKeptLoginIsReplacedWithoutAWord) {
  StartServer();
  Start(MySql());
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  server_->Sql("KILL USER faultline");
  const int before = Logins();
  ASSERT_TRUE(Until([&] { return Logins() > before + 1 && sink_.Saw(State::kOk, ""); })) << Last();
  for (const Observation& each : sink_.seen) EXPECT_EQ(each.state, State::kOk) << each.detail;
}

// A client that just goes leaves "Aborted connection" in the server's log, at each restart of ours.
TEST_F(MySqlCheckTest, AStopSaysGoodByeToTheServer) {
  StartServer({.arguments = {"--log-warnings=4"}});
  const auto aborted = [&] { return server_->Sql("SHOW GLOBAL STATUS LIKE 'Aborted_clients'"); };
  const std::string before = aborted();
  for (int i = 0; i < 10; ++i) {
    auto workers = std::make_unique<host::WorkerPool>(2, 8);
    CheckContext context{*loop_, *workers, *systemd_, clock_, sink_, directory_.path};
    check_ = FindCheckKind("mysql")->make(MySql(), context);
    const size_t seen = sink_.seen.size();
    check_->Start();
    ASSERT_TRUE(Until([&] { return sink_.seen.size() > seen; })) << Last();
    check_.reset();
    workers.reset();  // as the agent does when it stops
  }
  ASSERT_TRUE(fakes::PrivateMariaDb::Until([&] {
    return server_->Sql(
               "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE "
               "USER='faultline'") == "0\n";
  }));
  EXPECT_EQ(aborted(), before) << server_->Log();
}

TEST_F(MySqlCheckTest, LookNowLogsInAnewButNotAgainAtOnce) {
  StartServer();
  config::CheckConfig config = MySql();
  config.interval = Span::Seconds(3600);
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  const int before = Logins();
  for (int i = 0; i < 20; ++i) {
    bool done = false;
    check_->LookNow([&] { done = true; });
    ASSERT_TRUE(Until([&] { return done; }));
  }
  EXPECT_LE(Logins(), before + 1 + 1);
}

TEST(MySqlConfig, WhatIsWrongIsNamed) {
  const auto error = [](const std::string& target, const std::string& option,
                        const std::string& value) {
    config::CheckConfig config;
    config.id.kind = "mysql";
    config.id.target = target;
    if (!option.empty()) config.options[option] = {.values = {value}, .is_list = false, .line = 1};
    return ConfigError(config);
  };
  EXPECT_EQ(error("10.0.2.10:3306", "", ""), "");
  EXPECT_EQ(error("/run/mysqld/mysqld.sock", "", ""), "");
  EXPECT_THAT(error("10.0.2.10", "", ""), HasSubstr("target: "));
  EXPECT_THAT(error("/" + std::string(120, 'x'), "", ""), HasSubstr("target: "));
  EXPECT_THAT(error("db:3306", "tls", "on"), HasSubstr("off, require or verify"));
  EXPECT_THAT(error("db:3306", "password_file", "secret"), HasSubstr("not an absolute path"));
  EXPECT_THAT(error("db:3306", "ca", "/etc/ca.pem"), HasSubstr("tls: verify"));
  EXPECT_THAT(error("db:3306", "login_interval", "1s"), HasSubstr("out of bounds"));
  EXPECT_THAT(error("db:3306", "password", "x"), HasSubstr("no such field"));
}

}  // namespace
}  // namespace faultline::checks
