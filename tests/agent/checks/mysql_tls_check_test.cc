// TLS of the mysql check, against a real MariaDB with certificates of the test's own.
#include <cstdlib>

#include "tests/agent/checks/mysql_testing.h"

namespace faultline::checks {
namespace {

using testing::HasSubstr;

class MySqlTlsCheckTest : public MySqlServerTest {
 protected:
  void Shell(const std::string& command) {
    ASSERT_EQ(
        std::system(("cd " + directory_.path + " && " + command + " >/dev/null 2>&1").c_str()), 0)
        << command;
  }
  void MakeAuthority(const std::string& name) {
    Shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + name +
          ".key -out " + name + ".crt -days 2 -subj /CN=" + name);
  }
  // One that is signed by the authority "ours" for 127.0.0.1.
  void StartTlsServer(std::vector<std::string> arguments = {}) {
    MakeAuthority("ours");
    WriteFile(directory_ / "names", "subjectAltName=IP:127.0.0.1\n");
    Shell(
        "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key "
        "-out server.csr -subj /CN=db && openssl x509 -req -in server.csr -CA ours.crt -CAkey "
        "ours.key -CAcreateserial -out server.crt -days 2 -extfile names");
    for (const auto& [option, file] :
         {std::pair{"cert", "server.crt"}, std::pair{"key", "server.key"},
          std::pair{"ca", "ours.crt"}}) {
      arguments.push_back(std::string("--ssl-") + option + "=" + (directory_ / file));
    }
    StartServer({.arguments = std::move(arguments)});
  }
  config::CheckConfig Tls(const std::string& way, const std::string& ca = "") const {
    config::CheckConfig config = MySql();
    SetOption(&config, "tls", {way});
    if (!ca.empty()) SetOption(&config, "ca", {directory_ / ca});
    return config;
  }
};

TEST_F(MySqlTlsCheckTest, ACertificateOfTheGivenAuthorityHolds) {
  StartTlsServer({"--require-secure-transport=ON"});
  Start(Tls("verify", "ours.crt"));
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(MySqlTlsCheckTest, AnyCertificateWillDoWhereOnlyTlsIsRequired) {
  StartTlsServer({"--require-secure-transport=ON"});
  Start(Tls("require"));
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(MySqlTlsCheckTest, ACertificateOfAnotherAuthorityDoesNotHold) {
  StartTlsServer();
  MakeAuthority("theirs");
  Start(Tls("verify", "theirs.crt"));
  ASSERT_TRUE(UntilSaw(State::kCritical, "TLS_FAILED")) << Last();
  EXPECT_THAT(Seen().detail, HasSubstr("certificate"));
}

TEST_F(MySqlTlsCheckTest, AServerWithoutTlsFailsWhereItIsRequired) {
  StartServer();
  Start(Tls("require"));
  EXPECT_TRUE(UntilSaw(State::kCritical, "TLS_FAILED")) << Last();
}

TEST_F(MySqlTlsCheckTest, MariaDbDeniesALoginWithoutTlsLikeAWrongPasswordAndTheDetailSaysSo) {
  StartTlsServer({"--require-secure-transport=ON"});
  Start(MySql());
  ASSERT_TRUE(UntilSaw(State::kUnknown, "AUTH_DENIED")) << Last();
  EXPECT_THAT(Seen().detail, HasSubstr("tls"));
}

TEST_F(MySqlTlsCheckTest, AnAuthorityFileThatIsNotThereIsOurOwnTrouble) {
  StartServer();
  Start(Tls("verify", "missing.crt"));
  ASSERT_TRUE(UntilSaw(State::kUnknown, "CANNOT_PROBE")) << Last();
  EXPECT_THAT(Seen().detail, HasSubstr("missing.crt"));
}

}  // namespace
}  // namespace faultline::checks
