// A MariaDB server of the test's own: real, on loopback, in a directory of its own, gone with the
// test however that ends.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "common/clock.h"
#include "tests/fakes/loopback_port.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::fakes {

class PrivateMariaDb {
 public:
  struct Options {
    std::vector<std::string> arguments;  // of mariadbd, after ours
    std::string address = "127.0.0.1";
    // Lines of an /etc/hosts that only this server sees; it then looks up its clients' names, as a
    // server does by default. Needs root.
    std::string hosts;
  };

  static bool IsPossible() {
    return access("/usr/sbin/mariadbd", X_OK) == 0 &&
           access("/usr/bin/mariadb-install-db", X_OK) == 0 &&
           access("/usr/bin/mariadb", X_OK) == 0;
  }

  PrivateMariaDb() : PrivateMariaDb(Options{}) {}
  explicit PrivateMariaDb(Options options) : options_(std::move(options)) {
    Shell("cp -a --reflink=auto '" + Template() + "' '" + data() + "'");
    if (!options_.hosts.empty()) std::ofstream(hosts_file()) << options_.hosts;
    port_ = FreeLoopbackPort();
    Start();
  }
  ~PrivateMariaDb() { Kill(SIGKILL); }
  PrivateMariaDb(const PrivateMariaDb&) = delete;
  PrivateMariaDb& operator=(const PrivateMariaDb&) = delete;

  int port() const { return port_; }
  std::string endpoint() const { return options_.address + ":" + std::to_string(port_); }
  std::string socket() const { return directory_ / "s"; }

  // As root of the server, over its socket. The answer without column names.
  std::string Sql(const std::string& text) const {
    const std::string out = directory_ / "sql.out";
    std::ofstream(directory_ / "sql.in") << text;
    EXPECT_TRUE(Shell("mariadb --no-defaults --batch --skip-column-names -uroot -S '" + socket() +
                      "' <'" + directory_ / "sql.in" + "' >'" + out + "' 2>&1"))
        << text << ": " << Read(out);
    return Read(out);
  }

  std::string Log() const { return Read(directory_ / "server.log"); }
  size_t LogLines() const {
    const std::string log = Log();
    return static_cast<size_t>(std::count(log.begin(), log.end(), '\n'));
  }

  void Start() {
    std::vector<std::string> words = {"/usr/sbin/mariadbd",
                                      "--no-defaults",
                                      "--datadir=" + data(),
                                      "--socket=" + socket(),
                                      "--port=" + std::to_string(port_),
                                      "--bind-address=" + options_.address,
                                      "--log-error=" + directory_ / "server.log",
                                      "--pid-file=" + directory_ / "pid",
                                      "--open-files-limit=1024",
                                      "--innodb-buffer-pool-size=8M",
                                      "--innodb-flush-log-at-trx-commit=0"};
    if (options_.hosts.empty()) words.push_back("--skip-name-resolve");
    if (geteuid() == 0) words.push_back("--user=root");
    words.insert(words.end(), options_.arguments.begin(), options_.arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const std::string hosts = options_.hosts.empty() ? "" : hosts_file();
    std::error_code ignored;
    std::filesystem::remove(directory_ / "server.log", ignored);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (!hosts.empty() && (unshare(CLONE_NEWNS) != 0 ||
                             mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                             mount(hosts.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) != 0)) {
        _exit(126);
      }
      execv(argv[0], argv.data());
      _exit(127);
    }
    ASSERT_TRUE(Until([this] { return Log().find("ready for connections") != std::string::npos; }))
        << Log();
  }

  // As `systemctl stop` does.
  void Stop() { Kill(SIGTERM); }
  void Pause() { kill(pid_, SIGSTOP); }
  void Resume() { kill(pid_, SIGCONT); }

  // Looks every few milliseconds until `done()` holds, at most 40 s.
  template <typename Done>
  static bool Until(const Done& done) {
    const SystemClock clock;
    const MonoTime deadline = clock.Mono() + Span::Seconds(40);
    while (clock.Mono() < deadline) {
      if (done()) return true;
      usleep(5000);
    }
    return done();
  }

 private:
  static bool Shell(const std::string& command) { return std::system(command.c_str()) == 0; }
  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string data() const { return directory_ / "data"; }
  std::string hosts_file() const { return directory_ / "hosts"; }

  // An empty database takes seconds to make, so it is made once, beside the test's program, and
  // copied. Several may make it at once: the first to finish counts.
  static std::string Template() {
    const std::string home = std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
    const std::string ready = home + "/mariadb-template";
    if (std::filesystem::exists(ready)) return ready;
    std::string mine = home + "/mariadb-template-XXXXXX";
    if (mkdtemp(mine.data()) == nullptr) std::abort();
    EXPECT_TRUE(Shell("mariadb-install-db --no-defaults --datadir='" + mine + "/data'" +
                      (geteuid() == 0 ? " --user=root" : "") +
                      " --auth-root-authentication-method=normal --skip-test-db "
                      "--innodb-log-file-size=4M >'" +
                      mine + "/log' 2>&1"))
        << Read(mine + "/log");
    std::error_code another_was_first;
    std::filesystem::rename(mine + "/data", ready, another_was_first);
    std::filesystem::remove_all(mine, another_was_first);
    return ready;
  }

  void Kill(int signal) {
    if (pid_ <= 0) return;
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  const Options options_;
  TempDirectory directory_;
  int port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace faultline::fakes
