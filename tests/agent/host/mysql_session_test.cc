// Logins against servers that are not at hand, and against hostile ones.
#include "agent/host/mysql_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/fakes/scripted_mysql.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

using fakes::ScriptedMySql;
using testing::HasSubstr;
using testing::Not;

constexpr char kPassword[] = "s3cret-word";

class MySqlSessionTest : public testing::Test {
 protected:
  MySqlOpened Open(const ScriptedMySql& server, MySqlTls tls = MySqlTls::kOff) {
    return OpenMySqlSession({.host = "127.0.0.1",
                             .port = server.port(),
                             .user = "faultline",
                             .tls = tls,
                             .timeout = Span::Seconds(1)},
                            Secret(kPassword));
  }
  static void ExpectNoPasswordIn(const std::vector<std::string>& packets) {
    for (const std::string& packet : packets) EXPECT_THAT(packet, Not(HasSubstr(kPassword)));
  }
  // A server that wants another plugin than it said at first.
  static std::unique_ptr<ScriptedMySql> Switching(const std::string& plugin) {
    return std::make_unique<ScriptedMySql>([plugin](ScriptedMySql::Client& client) {
      client.Greet("8.0.36", "mysql_native_password");
      client.Read();
      client.Packet("\xfe" + plugin + std::string(1, '\0') + std::string("\x04Password: "));
      client.Read();
    });
  }
};

// MySQL 8's own way: "fast authentication" with a password that the server has in its cache.
void LoginAsMySql8(ScriptedMySql::Client& client) {
  client.Greet("8.0.36", "caching_sha2_password");
  client.Read();
  client.Packet("\x01\x03");
  client.Ok();
}

TEST_F(MySqlSessionTest, MySql8IsLoggedInToByItsOwnPlugin) {
  const ScriptedMySql server([](ScriptedMySql::Client& client) {
    LoginAsMySql8(client);
    client.Serve({{"SELECT 1", {{{"1", "1"}, {"Version", "8.0.36"}}}}});
  });
  const MySqlOpened opened = Open(server);
  ASSERT_NE(opened.session, nullptr) << opened.failure.number << " " << opened.failure.text;
  const MySqlRows answer = opened.session->Query("SELECT 1, VERSION()");
  ASSERT_EQ(answer.rows.size(), 1u) << answer.failure.text;
  EXPECT_EQ(answer.rows[0].at("version"), "8.0.36");
  EXPECT_THAT(server.received()[0], HasSubstr("caching_sha2_password"));
  ExpectNoPasswordIn(server.received());
}

TEST_F(MySqlSessionTest, NoServerGetsThePasswordInTheClear) {
  for (const char* plugin : {"mysql_clear_password", "dialog", "sha256_password"}) {
    const auto server = Switching(plugin);
    const MySqlOpened opened = Open(*server);
    EXPECT_EQ(opened.failure.kind, MySqlFailureKind::kAuthPlugin) << plugin;
    EXPECT_THAT(opened.failure.text, Not(HasSubstr(kPassword)));
    ExpectNoPasswordIn(server->received());
  }
}

TEST_F(MySqlSessionTest, NoServerGetsAFileOfThisHost) {
  const fakes::TempDirectory directory;
  std::ofstream(directory / "file") << "contents of a file\n";
  const ScriptedMySql server([&](ScriptedMySql::Client& client) {
    LoginAsMySql8(client);
    client.Serve({});
    client.Packet("\xfb" + directory / "file");
    client.Read();
    client.Ok();
  });
  const MySqlOpened opened = Open(server);
  ASSERT_NE(opened.session, nullptr) << opened.failure.text;
  opened.session->Query("SELECT 'a file, please'");
  for (const std::string& packet : server.received()) {
    EXPECT_THAT(packet, Not(HasSubstr("contents of a file")));
  }
}

TEST_F(MySqlSessionTest, SilenceAfterTheConnectionIsAHungServer) {
  const ScriptedMySql server([](ScriptedMySql::Client& client) { client.Wait(); });
  EXPECT_EQ(Open(server).failure.kind, MySqlFailureKind::kNoAnswer);
}

TEST_F(MySqlSessionTest, SilenceAfterTheGreetingIsAHungServer) {
  const ScriptedMySql server([](ScriptedMySql::Client& client) {
    client.Greet("8.0.36", "mysql_native_password");
    client.Wait();
  });
  EXPECT_EQ(Open(server).failure.kind, MySqlFailureKind::kNoAnswer);
}

TEST_F(MySqlSessionTest, AnEndBeforeTheGreetingIsNoHungServer) {
  const ScriptedMySql server([](ScriptedMySql::Client&) {});
  EXPECT_EQ(Open(server).failure.kind, MySqlFailureKind::kClosed);
}

TEST_F(MySqlSessionTest, WhatDoesNotSpeakMySqlIsTold) {
  const ScriptedMySql server([](ScriptedMySql::Client& client) {
    client.Packet("\x09 some other protocol's first words");
    client.Wait();
  });
  const MySqlFailure failure = Open(server).failure;
  EXPECT_EQ(failure.kind, MySqlFailureKind::kNotMySql) << failure.number << " " << failure.text;
}

TEST_F(MySqlSessionTest, AnErrorInsteadOfAGreetingKeepsItsNumber) {
  const ScriptedMySql server([](ScriptedMySql::Client& client) {
    client.Packet(std::string("\xff\x69\x04Host '10.0.1.5' is blocked", 29));
  });
  const MySqlFailure failure = Open(server).failure;
  EXPECT_EQ(failure.kind, MySqlFailureKind::kServerError);
  EXPECT_EQ(failure.number, 1129);
  EXPECT_THAT(failure.text, HasSubstr("is blocked"));
}

TEST_F(MySqlSessionTest, AServerWithoutTlsIsNotLoggedInToWhereTlsIsWanted) {
  for (const MySqlTls tls : {MySqlTls::kRequire, MySqlTls::kVerify}) {
    const ScriptedMySql server([](ScriptedMySql::Client& client) {
      LoginAsMySql8(client);
      client.Serve({{"Ssl_cipher", {{{"Variable_name", "Ssl_cipher"}, {"Value", ""}}}}});
    });
    const MySqlOpened opened = Open(server, tls);
    EXPECT_EQ(opened.session, nullptr);
    EXPECT_EQ(opened.failure.kind, MySqlFailureKind::kTls) << opened.failure.text;
  }
}

TEST_F(MySqlSessionTest, MoreRowsThanAnybodyNeedsAreNotKept) {
  ScriptedMySql::Rows many(1000, {{"n", std::string(200, 'x')}});
  const ScriptedMySql server([&](ScriptedMySql::Client& client) {
    LoginAsMySql8(client);
    client.Serve({{"SELECT 1", many}});
  });
  const MySqlOpened opened = Open(server);
  ASSERT_NE(opened.session, nullptr) << opened.failure.text;
  EXPECT_EQ(opened.session->Query("SELECT 1").rows.size(), 64u);
}

TEST_F(MySqlSessionTest, NobodyOnThePortIsARefusal) {
  int port = 0;
  {
    port = ScriptedMySql([](ScriptedMySql::Client&) {}).port();
  }
  const MySqlOpened opened = OpenMySqlSession(
      {.host = "127.0.0.1", .port = port, .user = "u", .timeout = Span::Seconds(1)}, Secret());
  EXPECT_EQ(opened.failure.kind, MySqlFailureKind::kRefused);
}

}  // namespace
}  // namespace faultline::host
