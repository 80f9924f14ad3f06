#include "agent/init/unit_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/init/application_unit.h"
#include "tests/agent/init/host_tree.h"

namespace faultline::init {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr char kTodo[] =
    "[Unit]\nExecStart=not this\n[Service]\nWorkingDirectory=/srv/todo\n"
    "EnvironmentFile=-/etc/todo.env\nEnvironment=\"A=1\" DB_NAME=todo\n"
    "ExecStart=/usr/bin/gunicorn \\\n# between\n  --bind 127.0.0.1:8000 todo:app\n"
    "StandardError=append:/var/log/todo.log\n";

TEST(UnitFileTest, ReadsAUnitAsTheAdministratorWroteIt) {
  HostTree host;
  host.Write("/etc/systemd/system/todo.service", kTodo);
  host.Link("/etc/systemd/system/multi-user.target.wants/todo.service",
            "/etc/systemd/system/todo.service");
  host.MakeDirectory("/sys/fs/cgroup/system.slice/todo.service");
  HostFiles files(host.root());
  const auto unit = ReadUnit(files, "todo.service");
  ASSERT_TRUE(unit.has_value());
  EXPECT_EQ(unit->where(), "systemd: /etc/systemd/system/todo.service");
  EXPECT_EQ(unit->enabled, "/etc/systemd/system/multi-user.target.wants/todo.service");
  EXPECT_TRUE(unit->running);
  EXPECT_EQ(unit->exec, " /usr/bin/gunicorn  --bind 127.0.0.1:8000 todo:app");
  EXPECT_EQ(unit->working_directory, "/srv/todo");
  EXPECT_THAT(unit->environment_files, ElementsAre("/etc/todo.env"));
  EXPECT_THAT(unit->environment, ElementsAre(Pair("A", "1"), Pair("DB_NAME", "todo")));
  EXPECT_EQ(unit->log_files.at(0).value, "/var/log/todo.log");
}

TEST(UnitFileTest, DropInsChangeIt) {
  HostTree host;
  host.Write("/usr/lib/systemd/system/a.service", "[Service]\nExecStart=/old\n");
  host.Write("/etc/systemd/system/a.service.d/x.conf",
             "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=\nExecStart=/new\n");
  HostFiles files(host.root());
  const auto unit = ReadUnit(files, "a.service");
  ASSERT_TRUE(unit.has_value());
  EXPECT_EQ(unit->exec, " /new");
  EXPECT_TRUE(unit->oneshot);
  EXPECT_TRUE(unit->remains);
}

TEST(UnitFileTest, FollowsAliasesAndTemplatesAndKnowsMaskedOnes) {
  HostTree host;
  host.Write("/usr/lib/systemd/system/mariadb.service", "[Service]\nExecStart=/m\n");
  host.Link("/etc/systemd/system/mysql.service", "/lib/systemd/system/mariadb.service");
  host.Link("/etc/systemd/system/gone.service", "/dev/null");
  host.Link("/etc/systemd/system/loop.service", "pool.service");
  host.Link("/etc/systemd/system/pool.service", "loop.service");
  host.Link("/etc/systemd/system/a@.service", "c@d.service");
  host.Link("/etc/systemd/system/c@.service", "a@b.service");
  host.Write("/usr/lib/systemd/system/postgresql@.service", "[Service]\nExecStart=/p\n");
  HostFiles files(host.root());
  EXPECT_EQ(ReadUnit(files, "mysql.service")->name, "mariadb.service");
  EXPECT_EQ(ReadUnit(files, "postgresql@15-main.service")->path,
            "/usr/lib/systemd/system/postgresql@.service");
  for (const char* none :
       {"gone.service", "loop.service", "a@b.service", "no.service", "", "../a.service", "a b"}) {
    EXPECT_FALSE(ReadUnit(files, none).has_value()) << none;
  }
}

TEST(UnitFileTest, AdministratorsUnitsAreTheirOwnThatRunOrAreEnabled) {
  HostTree host;
  host.Write("/etc/systemd/system/todo.service", kTodo);
  host.MakeDirectory("/sys/fs/cgroup/system.slice/todo.service");
  host.Write("/etc/systemd/system/unused.service", kTodo);
  host.Write("/etc/systemd/system/worker@.service", kTodo);
  host.Write("/etc/systemd/system/evil name.service", kTodo);
  host.Link("/etc/systemd/system/multi-user.target.wants/worker@2.service",
            "/etc/systemd/system/worker@.service");
  host.Link("/etc/systemd/system/sshd.service", "/lib/systemd/system/ssh.service");
  host.Write("/usr/lib/systemd/system/getty@.service", kTodo);
  host.Link("/etc/systemd/system/getty.target.wants/getty@tty1.service",
            "/lib/systemd/system/getty@.service");
  host.Link("/etc/systemd/system/linked.service", "/opt/linked/linked.service");
  host.MakeDirectory("/sys/fs/cgroup/system.slice/linked.service");
  host.Write("/opt/linked/linked.service", kTodo);
  HostFiles files(host.root());
  std::vector<std::string> names;
  for (const UnitFile& unit : AdministratorUnits(files)) names.push_back(unit.name);
  EXPECT_THAT(names, ElementsAre("linked.service", "todo.service", "worker@2.service"));
}

TEST(ApplicationUnitTest, IsFoundByListenerCommandSocketUnitOrName) {
  HostTree host;
  host.Write("/etc/systemd/system/todo.service", kTodo);
  host.Write("/etc/systemd/system/shop.socket", "[Socket]\nListenStream=/run/shop.sock\n");
  host.Write("/usr/lib/systemd/system/php8.2-fpm.service", "[Service]\nExecStart=/php\n");
  HostFiles files(host.root());
  const std::vector<UnitFile> units = {*ReadUnit(files, "todo.service")};
  const std::vector<Listener> listeners = {
      {*host::ParseIpAddress("127.0.0.1"), 9000, "other.service"}};
  const auto find = [&](const char* upstream) {
    return FindApplicationUnit(files, upstream, units, listeners).value;
  };
  EXPECT_EQ(find("127.0.0.1:9000"), "other.service");
  EXPECT_EQ(find("127.0.0.1:8000"), "todo.service");
  EXPECT_EQ(find("127.0.0.1:800"), "") << "the beginning of another port";
  EXPECT_EQ(find("unix:/run/shop.sock"), "shop.service");
  EXPECT_EQ(find("unix:/run/php/php8.2-fpm.sock"), "php8.2-fpm.service");
  EXPECT_EQ(find("unix:/run/nobody.sock"), "");
}

TEST(ApplicationUnitTest, FindsTheDatabaseInItsEnvironment) {
  HostTree host;
  host.Write("/etc/systemd/system/todo.service", kTodo);
  host.Write("/srv/todo/.env", "export DATABASE_URL=\"mysql://u:s3cret@data:3306/todo\"\n");
  HostFiles files(host.root());
  EXPECT_EQ(FindDatabase(files, *ReadUnit(files, "todo.service")).address,
            (Seen{"data:3306", "/srv/todo/.env of todo.service"}));
  host.Write("/srv/todo/.env", "DATABASE_URL=postgres://u:s3cret@data/todo\n");
  const DatabaseSeen other = FindDatabase(files, *ReadUnit(files, "todo.service"));
  EXPECT_FALSE(other.address.known());
  EXPECT_EQ(other.hint, (Seen{"DATABASE_URL is of postgres", "/srv/todo/.env of todo.service"}));
  host.Write("/etc/todo.env", "# x\nDB_HOST=10.0.2.10\nDB_PASSWORD=s3cret\n");
  EXPECT_EQ(FindDatabase(files, *ReadUnit(files, "todo.service")).address,
            (Seen{"10.0.2.10:3306", "/etc/todo.env of todo.service"}));
}

}  // namespace
}  // namespace faultline::init
