// The whole command on made hosts: from files to the configuration that the agent takes.
#include "agent/init/init_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <sstream>

#include "agent/checks/registry.h"
#include "agent/config/config.h"
#include "tests/agent/init/host_tree.h"
#include "tests/agent/init/seen_hosts.h"

namespace faultline::init {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class InitCommandTest : public testing::Test {
 protected:
  InitCommandTest() {
    look_.root = host_.root();
    look_.ask_sites = false;
    look_.listeners = {ListenerAt("0.0.0.0", 3306, "mariadb.service")};
    host_.Write("/usr/lib/systemd/system/mariadb.service", "[Service]\nExecStart=/m\n");
    host_.Write("/run/cloud-init/status.json");
    flags_ = {.collector = "10.0.1.20",
              .token_file = "/etc/faultline/join-token",
              .host = "db-1",
              .output = host_.At("/etc/faultline/agent.yaml")};
    host_.MakeDirectory("/etc/faultline");
  }
  int Run() {
    out_.str("");
    err_.str("");
    return Init(flags_, look_, out_, err_);
  }
  std::string Written() const { return host_.Read("/etc/faultline/agent.yaml"); }

  HostTree host_;
  LookOptions look_;
  InitFlags flags_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(InitCommandTest, WritesWhatTheAgentTakesAndSaysWhatNow) {
  EXPECT_EQ(Run(), 0) << err_.str();
  EXPECT_THAT(Written(), HasSubstr("  address: 10.0.1.20:7443   # from --collector\n"));
  EXPECT_THAT(Written(), HasSubstr("  host: db-1   # from --host\n"));
  EXPECT_THAT(Written(),
              HasSubstr("role: db   # systemd: /usr/lib/systemd/system/mariadb.service"));
  const auto config = config::LoadAgentConfig(flags_.output);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(checks::ValidateChecks(*config).ok());
  EXPECT_THAT(out_.str(), StartsWith("Found:\n  - database mariadb.service, port 3306"));
  EXPECT_THAT(out_.str(), HasSubstr("Wrote " + flags_.output));
  EXPECT_THAT(out_.str(), HasSubstr("sudo faultline-agent join --config " + flags_.output +
                                    "\n  sudo cp -i " + flags_.output +
                                    " /etc/faultline/agent.yaml   # the file that the service reads"
                                    "\n  sudo systemctl start"));
  EXPECT_THAT(err_.str(), IsEmpty());
}

TEST_F(InitCommandTest, ASecondRunOverwritesNothing) {
  ASSERT_EQ(Run(), 0);
  EXPECT_EQ(Run(), 0);
  EXPECT_THAT(out_.str(), HasSubstr("says exactly this already"));
  host_.Write("/etc/faultline/agent.yaml", "role: app\n");
  EXPECT_EQ(Run(), 4);
  EXPECT_EQ(Written(), "role: app\n");
  EXPECT_THAT(out_.str(), HasSubstr("left as it is. The new one is " + flags_.output + ".new"));
  EXPECT_THAT(out_.str(), HasSubstr("diff " + flags_.output));
}

TEST_F(InitCommandTest, SaysThatTheNewOneIsThereAlready) {
  host_.Write("/etc/faultline/agent.yaml", "role: app\n");
  ASSERT_EQ(Run(), 4);
  EXPECT_EQ(Run(), 4);
  EXPECT_THAT(out_.str(), HasSubstr(flags_.output + ".new says exactly what the new one would; "
                                                    "nothing was written"));
}

TEST_F(InitCommandTest, SaysWhichDirectoryItMade) {
  flags_.output = host_.At("/nodir/agent.yaml");
  EXPECT_EQ(Run(), 0);
  EXPECT_THAT(out_.str(), HasSubstr("The directory " + host_.At("/nodir") + " was made for it."));
  EXPECT_EQ(Run(), 0);
  EXPECT_THAT(out_.str(), Not(HasSubstr("was made")));
}

TEST_F(InitCommandTest, WarnsOfATokenThatOthersMayRead) {
  host_.Write("/etc/faultline/join-token", "secret");
  ASSERT_EQ(chmod(host_.At("/etc/faultline/join-token").c_str(), 0644), 0);
  EXPECT_EQ(Run(), 0);
  EXPECT_THAT(out_.str(), HasSubstr("Warning: " + host_.At("/etc/faultline/join-token") +
                                    " has mode 0644, so others on this host may read"));
  EXPECT_THAT(out_.str(), HasSubstr("chmod 640 "));
  ASSERT_EQ(chmod(host_.At("/etc/faultline/join-token").c_str(), 0640), 0);
  EXPECT_EQ(Run(), 0);
  EXPECT_THAT(out_.str(), Not(HasSubstr("Warning")));
}

TEST_F(InitCommandTest, ReplacesThePackagesExample) {
  host_.Write("/usr/share/doc/faultline-agent/examples/agent.yaml", "role: app\n");
  host_.Write("/etc/faultline/agent.yaml", "role: app\n");
  EXPECT_EQ(Run(), 0);
  EXPECT_THAT(Written(), HasSubstr("role: db"));
  EXPECT_EQ(host_.Read("/etc/faultline/agent.yaml.orig"), "role: app\n");
}

TEST_F(InitCommandTest, PrintsTheTextAloneOnStandardOutput) {
  flags_.output = "-";
  EXPECT_EQ(Run(), 0);
  EXPECT_THAT(out_.str(), StartsWith("# Written by `faultline-agent init`"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("Found:")));
  EXPECT_THAT(err_.str(), HasSubstr("Found:"));
}

TEST_F(InitCommandTest, SaysWhichFlagIsWrongAndWritesNothing) {
  const struct {
    InitFlags flags;
    const char* error;
  } rows[] = {{{.collector = "a:b:c"}, "--collector takes"},
              {{.collector = "a b"}, "--collector takes"},
              {{.collector = "a:99999"}, "--collector takes"},
              {{.collector = "[zz]:1"}, "--collector takes"},
              {{.token_file = "join-token"}, "--token-file takes"},
              {{.token_file = "/a\nb"}, "--token-file takes"},
              {{.host = "-"}, "--host takes"}};
  for (const auto& row : rows) {
    flags_ = row.flags;
    flags_.output = host_.At("/etc/faultline/agent.yaml");
    EXPECT_EQ(Run(), 2);
    EXPECT_THAT(err_.str(), HasSubstr(row.error));
    EXPECT_EQ(Written(), "");
  }
}

TEST_F(InitCommandTest, ACollectorMayBeAnIpv6Address) {
  flags_.collector = "[2001:db8::1]";
  EXPECT_EQ(Run(), 0) << err_.str();
  EXPECT_THAT(Written(), HasSubstr("2001:db8::1]:7443"));
}

TEST_F(InitCommandTest, SaysWhatCouldNotBeLookedAt) {
  host_.Write("/etc/mysql/my.cnf", std::string(300 * 1024, '#'));
  EXPECT_EQ(Run(), 3);
  EXPECT_THAT(out_.str(), HasSubstr("Could not be looked at:\n  - /etc/mysql/my.cnf: is larger"));
}

TEST_F(InitCommandTest, FailsToWriteInWords) {
  flags_.output = host_.At("/no/such/folder/agent.yaml");
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(err_.str(), HasSubstr("cannot make " + host_.At("/no/such/folder")));
}

TEST_F(InitCommandTest, FindsServersThatNoRoleKnowsAndLeavesOutWhatATimerStarts) {
  host_.Write("/usr/lib/systemd/system/redis-server.service", "[Service]\nType=notify\n");
  host_.Link("/etc/systemd/system/multi-user.target.wants/redis-server.service",
             "/lib/systemd/system/redis-server.service");
  host_.Write("/usr/lib/systemd/system/postgresql@.service", "[Service]\nType=forking\n");
  host_.Link("/run/systemd/generator/postgresql.service.wants/postgresql@15-main.service",
             "/lib/systemd/system/postgresql@.service");
  host_.Write("/usr/lib/systemd/system/apache2.service", "[Service]\nType=forking\n");
  host_.Write("/etc/systemd/system/backup.service", "[Service]\nExecStart=/b\n");
  host_.Write("/etc/systemd/system/backup.timer", "[Timer]\n");
  host_.MakeDirectory("/sys/fs/cgroup/system.slice/backup.service");
  look_.listeners->push_back(ListenerAt("127.0.0.1", 6379, "redis-server.service"));
  look_.listeners->push_back(ListenerAt("127.0.0.1", 5432, "postgresql@15-main.service"));
  EXPECT_EQ(Run(), 0) << err_.str();
  for (const char* check :
       {"{kind: unit, target: redis-server.service}",
        "{kind: unit, target: postgresql@15-main.service}",
        "{kind: listener, target: 127.0.0.1:6379, unit: redis-server.service}",
        "{kind: listener, target: 127.0.0.1:5432, unit: postgresql@15-main.service}"}) {
    EXPECT_THAT(Written(), HasSubstr(check));
  }
  EXPECT_THAT(Written(), HasSubstr("redis-server.service, enabled, not running now\n"));
  EXPECT_THAT(Written(), Not(HasSubstr("apache2"))) << "neither enabled nor running";
  EXPECT_THAT(Written(), Not(HasSubstr("backup")));
  EXPECT_THAT(out_.str(), HasSubstr("backup.service (systemd: "));
}

TEST_F(InitCommandTest, AServerThatIsOnlyInstalledIsNotWatched) {
  host_.Write("/usr/lib/systemd/system/nginx.service", "[Service]\n");
  host_.Write("/etc/nginx/nginx.conf", "http { server { server_name a.example.net; } }");
  host_.MakeDirectory("/sys/fs/cgroup/system.slice/cron.service");
  EXPECT_EQ(Run(), 0) << err_.str();
  EXPECT_THAT(Written(), Not(HasSubstr("nginx")));
  EXPECT_THAT(Written(), HasSubstr("role: db")) << "it listens";
  EXPECT_THAT(out_.str(), HasSubstr("Left out:\n  - nginx.service (systemd: "
                                    "/usr/lib/systemd/system/nginx.service): neither enabled nor "
                                    "running\n"));
  host_.Link("/etc/systemd/system/multi-user.target.wants/nginx.service",
             "/lib/systemd/system/nginx.service");
  EXPECT_EQ(Run(), 4);
  EXPECT_THAT(host_.Read("/etc/faultline/agent.yaml.new"), HasSubstr("http://a.example.net/"));
}

// An application that is not the runbook's: nginx's files read, without `nginx -T`.
TEST_F(InitCommandTest, ReadsASiteFromItsFiles) {
  std::filesystem::remove(host_.At("/usr/lib/systemd/system/mariadb.service"));
  host_.Write("/etc/nginx/nginx.conf",
              "http {\n access_log /var/log/nginx/access.log;\n include "
              "/etc/nginx/sites-enabled/*;\n}\n");
  host_.Write("/etc/nginx/sites-available/todo",
              "server {\n listen 80;\n server_name todo.example.net;\n location / {\n  proxy_pass "
              "http://127.0.0.1:8000;\n }\n}\n");
  host_.Link("/etc/nginx/sites-enabled/todo", "../sites-available/todo");
  host_.Write("/var/log/nginx/access.log");
  host_.Write("/etc/systemd/system/todo.service",
              "[Service]\nExecStart=/usr/bin/gunicorn -b :8000\nEnvironment=DB_HOST=10.94.0.20\n"
              "Environment=DB_PASSWORD=s3cret\n");
  host_.Link("/etc/systemd/system/multi-user.target.wants/todo.service", "../todo.service");
  look_.listeners = std::vector<Listener>{};
  EXPECT_EQ(Run(), 0) << err_.str();
  EXPECT_THAT(Written(), HasSubstr("role: app   # nginx: /etc/nginx/sites-enabled/todo:1 "));
  EXPECT_THAT(Written(), HasSubstr("domain: todo.example.net   # nginx: "
                                   "/etc/nginx/sites-enabled/todo:3\n"));
  EXPECT_THAT(Written(), HasSubstr("  unit: todo.service   # systemd: "));
  EXPECT_THAT(Written(), HasSubstr("  access_log: /var/log/nginx/access.log   # nginx: "
                                   "/etc/nginx/nginx.conf:2\n"));
  EXPECT_THAT(Written(), HasSubstr("  address: 10.94.0.20:3306   # systemd: "));
  EXPECT_THAT(Written() + out_.str() + err_.str(), Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace faultline::init
