// What to type: on the right host, for the units that its checks name, and nothing that is guessed.
#include "collector/incidents/next_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "collector/incidents/command_words.h"

namespace faultline::incidents {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const StackId kShopStack{"shop", "prod"};

class NextCommandTest : public testing::Test {
 protected:
  NextCommandTest() {
    Host("db-1").addresses = {"10.0.2.10"};
    Host("app-1").addresses = {"10.0.1.20"};
  }
  model::HostPicture& Host(const std::string& name) {
    model::HostPicture& host = hosts_[name];
    host.identity.id = {kShopStack, name};
    host.link = model::LinkState::kConnected;
    return host;
  }
  model::CheckPicture& Check(const std::string& host, const CheckId& id, const std::string& subject,
                             const std::string& unit = "") {
    model::CheckPicture& check = Host(host).checks[id];
    check.id = id;
    check.subject = subject;
    check.unit = unit;
    check.state = State::kOk;
    return check;
  }
  // Without the login.
  std::vector<std::string> Commands(const std::string& host, const CheckId& id,
                                    const std::string& reason, const std::string& subject) {
    std::vector<std::string> lines = All(host, id, reason, subject);
    lines.erase(lines.begin());
    return lines;
  }
  std::vector<std::string> All(const std::string& host, const CheckId& id,
                               const std::string& reason, const std::string& subject) {
    rules::Alert lead;
    lead.host = {kShopStack, host};
    lead.check = id;
    lead.subject = subject;
    lead.reason = reason;
    model::Hosts hosts;
    for (const auto& [name, picture] : hosts_) {
      hosts[picture.identity.id] = std::make_shared<const model::HostPicture>(picture);
    }
    return NextCommands(lead, hosts);
  }

  std::map<std::string, model::HostPicture> hosts_;
  const CheckId http_{"http", "https://todo.example/", ""};
  const CheckId mysql_{"mysql", "10.0.2.10:3306", ""};
};

TEST_F(NextCommandTest, APagesUnitsAreThoseOfItsHost) {
  Check("app-1", http_, "site").remote_address = "127.0.0.1";
  Check("app-1", {"unit", "todo.service", ""}, "site", "todo.service");
  Check("app-1", {"unit", "apache2.service", ""}, "site", "apache2.service");
  Check("app-1", {"log", "todo.service", ""}, "site", "todo.service");
  EXPECT_THAT(Commands("app-1", http_, "STATUS_502", "site"),
              ElementsAre("curl -sSik --max-time 10 https://todo.example/",
                          "sudo systemctl status apache2 --no-pager",
                          "sudo systemctl status todo --no-pager",
                          "sudo journalctl -u todo -n 50 --no-pager"));
  EXPECT_THAT(Commands("app-1", http_, "STATUS_OTHER", "site"),
              ElementsAre("curl -sSik --max-time 10 https://todo.example/",
                          "sudo journalctl -u todo -n 50 --no-pager"));
}

// Its name may be known to nobody there.
TEST_F(NextCommandTest, APageOfItsOwnHostIsAskedWhereTheCheckConnects) {
  model::CheckPicture& page = Check("app-1", http_, "site");
  page.remote_address = "127.0.0.1";
  page.remote_port = 443;
  const auto curl = [&] { return Commands("app-1", http_, "STATUS_502", "site").at(0); };
  EXPECT_EQ(curl(), "curl -sSik --max-time 10 --connect-to ::127.0.0.1:443 https://todo.example/");
  page.remote_address = "10.0.1.20";
  EXPECT_THAT(curl(), HasSubstr(" --connect-to ::10.0.1.20:443 "));
  page.remote_address = "::1";
  EXPECT_THAT(curl(), HasSubstr(" --connect-to '::[::1]:443' "));
  page.remote_address = "192.0.2.7";
  EXPECT_EQ(curl(), "curl -sSik --max-time 10 https://todo.example/") << "its name leads there";
  for (const char* said : {"http://127.0.0.1:8000/", "http://localhost:8000/"}) {
    const CheckId local{"http", said, ""};
    model::CheckPicture& check = Check("app-1", local, "site");
    check.remote_address = "127.0.0.1";
    check.remote_port = 8000;
    EXPECT_THAT(Commands("app-1", local, "STATUS_502", "site").at(0), Not(HasSubstr("connect-to")));
  }
}

TEST_F(NextCommandTest, WhereNoUnitIsKnownNoneIsGuessed) {
  for (const char* reason : {"STATUS_502", "STATUS_504", "STATUS_OTHER", "TIMEOUT", "REFUSED"}) {
    EXPECT_THAT(Commands("app-1", http_, reason, "site"),
                ElementsAre("curl -sSik --max-time 10 https://todo.example/"));
  }
  Check("app-1", mysql_, "database").remote_address = "10.0.2.10";
  for (const char* reason : {"NO_GREETING", "CONNECTION_LOST", "REFUSED", "TIMEOUT"}) {
    EXPECT_THAT(Commands("app-1", mysql_, reason, "database"), Each(Not(HasSubstr("systemctl"))));
    EXPECT_THAT(Commands("app-1", mysql_, reason, "database"), Each(Not(HasSubstr("journalctl"))));
  }
}

TEST_F(NextCommandTest, TheDatabasesUnitComesFromItsOwnHost) {
  Check("app-1", mysql_, "database").remote_address = "10.0.2.10";
  Check("db-1", {"listener", "3306", ""}, "database", "mariadb.service");
  EXPECT_THAT(Commands("app-1", mysql_, "NO_GREETING", "database"),
              ElementsAre("ps -o pid,stat,wchan:20,etime,cmd -C mysqld,mariadbd",
                          "sudo systemctl status mariadb --no-pager",
                          "sudo journalctl -u mariadb -n 50 --no-pager"));
  EXPECT_THAT(Commands("app-1", mysql_, "HOST_BLOCKED", "database"),
              ElementsAre("sudo mariadb-admin flush-hosts"));
}

TEST_F(NextCommandTest, AnAliasKeepsItsConfiguredNameAndMariaDbItsTools) {
  const CheckId socket{"mysql", "/run/mysqld/mysqld.sock", ""};
  Check("db-1", socket, "database");
  Check("db-1", {"unit", "mysql.service", ""}, "database", "mariadb.service");
  EXPECT_THAT(Commands("db-1", socket, "CONNECTION_LOST", "database"),
              ElementsAre("sudo systemctl status mysql --no-pager",
                          "sudo journalctl -u mysql -n 50 --no-pager"));
}

TEST_F(NextCommandTest, ACommandForAHostThatNobodyWatchesSaysWhereItBelongs) {
  EXPECT_THAT(Commands("app-1", mysql_, "HOST_BLOCKED", "database"),
              ElementsAre("sudo mysqladmin flush-hosts  # on the database's own host"));
}

TEST_F(NextCommandTest, ACertificateIsRenewedAndItsServerReloaded) {
  Check("app-1", {"unit", "caddy.service", ""}, "site", "caddy.service");
  const CheckId certbot{"certificate", "/etc/letsencrypt/live/app/fullchain.pem", ""};
  const CheckId own{"certificate", "/etc/ssl/app.pem", ""};
  EXPECT_THAT(Commands("app-1", certbot, "RENEWAL_FAILING", "certificate"),
              ElementsAre("sudo certbot renew", "sudo systemctl reload caddy"));
  EXPECT_THAT(Commands("app-1", own, "EXPIRES_SOON", "certificate"),
              ElementsAre("(put a renewed certificate into /etc/ssl/app.pem)",
                          "sudo systemctl reload caddy"));
  EXPECT_THAT(Commands("db-1", own, "SERVED_IS_OLDER", "certificate"),
              ElementsAre("(then reload the server that uses it)"));
}

TEST_F(NextCommandTest, UnitsAndPathsGetWhatAPersonWouldType) {
  EXPECT_THAT(Commands("db-1", {"unit", "mysql.service", ""}, "UNIT_CRASH_LOOP", "database"),
              ElementsAre("sudo systemctl status mysql --no-pager",
                          "sudo journalctl -u mysql -n 50 --no-pager",
                          "sudo systemctl start mysql  # when its cause is mended"));
  EXPECT_THAT(
      Commands("db-1", {"unit", "mysql.service", ""}, "PACKAGE_UPGRADE", "database"),
      ElementsAre("sudo tail -n 30 /var/log/dpkg.log", "sudo systemctl status mysql --no-pager"));
  const CheckId port{"port", "db.internal:3306", ""};
  EXPECT_THAT(Commands("app-1", port, "DNS_FAILED", "database"),
              ElementsAre("getent hosts db.internal"));
  EXPECT_THAT(Commands("app-1", port, "NET_UNREACHABLE", "database"),
              ElementsAre("ip route get db.internal", "nc -vz -w 3 db.internal 3306"));
}

TEST_F(NextCommandTest, ASessionNeedsInstanceAndRegion) {
  const CheckId unit{"unit", "mysql.service", ""};
  EXPECT_EQ(All("db-1", unit, "UNIT_INACTIVE", "database").front(), "ssh db-1");
  Host("db-1").instance_id = "i-0a1b2c3d4e5f60718";
  EXPECT_EQ(All("db-1", unit, "UNIT_INACTIVE", "database").front(), "ssh db-1");
  Host("db-1").region = "us-east-1";
  EXPECT_EQ(All("db-1", unit, "UNIT_INACTIVE", "database").front(),
            "aws ssm start-session --target i-0a1b2c3d4e5f60718 --region us-east-1");
}

TEST_F(NextCommandTest, APortOfAHostThatIsNotHeardBeginsOutside) {
  const CheckId port{"port", "10.0.2.10:3306", ""};
  model::CheckPicture& check = Check("app-1", port, "database");
  check.remote_address = "10.0.2.10";
  check.state = State::kCritical;
  check.reason = "TIMEOUT";
  Host("db-1").link = model::LinkState::kSilent;
  EXPECT_THAT(All("app-1", port, "TIMEOUT", "database").front(), HasSubstr("console"));
  EXPECT_THAT(All("app-1", port, "TIMEOUT", "database"), Contains("ssh db-1"));
  check.reason = "REFUSED";
  EXPECT_EQ(All("app-1", port, "REFUSED", "database").front(), "ssh db-1");
}

TEST(ShellWordTest, CannotEndItsQuotes) {
  EXPECT_EQ(ShellWord("mysql@1.service"), "mysql@1.service");
  EXPECT_EQ(ShellWord("a b"), "'a b'");
  EXPECT_EQ(ShellWord("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellWord("$(reboot)"), "'$(reboot)'");
  EXPECT_EQ(ShellWord("a\nb"), "'a b'");
  EXPECT_EQ(ShellWord(""), "''");
}

}  // namespace
}  // namespace faultline::incidents
