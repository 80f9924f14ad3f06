// A D-Bus daemon of the test's own, in a directory of its own.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

extern char** environ;

namespace faultline::host {

class PrivateBus {
 public:
  // Empty when the machine has no dbus-daemon: the test skips.
  static bool IsPossible() { return access("/usr/bin/dbus-daemon", X_OK) == 0; }

  PrivateBus() {
    char path[] = "/tmp/faultline-bus-XXXXXX";
    if (mkdtemp(path) == nullptr) ADD_FAILURE() << "no directory for the bus";
    directory_ = path;
    std::ofstream(directory_ + "/bus.conf")
        << "<busconfig><listen>" << address() << "</listen><auth>EXTERNAL</auth>"
        << "<policy context='default'><allow send_destination='*' eavesdrop='true'/>"
        << "<allow eavesdrop='true'/><allow own='*'/></policy></busconfig>";
    Start();
  }
  ~PrivateBus() {
    Stop();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  PrivateBus(const PrivateBus&) = delete;
  PrivateBus& operator=(const PrivateBus&) = delete;

  std::string address() const { return "unix:path=" + directory_ + "/socket"; }

  void Start() {
    int out[2];
    ASSERT_EQ(pipe(out), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_addclose(&actions, out[0]);
    // As root it complains of limits that only a system bus needs.
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    const std::string config = "--config-file=" + directory_ + "/bus.conf";
    const char* argv[] = {"dbus-daemon", config.c_str(), "--nofork", "--print-address=1", nullptr};
    EXPECT_EQ(posix_spawn(&pid_, "/usr/bin/dbus-daemon", &actions, nullptr,
                          const_cast<char**>(argv), environ),
              0);
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    char text[256];
    // It prints its address when it listens.
    EXPECT_GT(read(out[0], text, sizeof(text)), 0) << "dbus-daemon does not start";
    close(out[0]);
  }

  void Stop() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
    unlink((directory_ + "/socket").c_str());
  }

 private:
  std::string directory_;
  pid_t pid_ = -1;
};

}  // namespace faultline::host
