// systemd's watchdog is fed by the loop, so that an agent that hangs is restarted (sd_notify(3)).
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "agent/host/fd.h"
#include "agent/host/loop.h"
#include "tests/agent/host/run_until.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::agent {
namespace {

// The socket that systemd would read.
class WatchdogTest : public testing::Test {
 protected:
  WatchdogTest() {
    const std::string path = directory_ / "notify";
    sockaddr_un address{.sun_family = AF_UNIX};
    strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
    setenv("WATCHDOG_USEC", "200000", 1);
    setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  }
  ~WatchdogTest() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
  }

  // How often it was fed since the last call.
  int Fed() const {
    int fed = 0;
    char buffer[256];
    ssize_t got = 0;
    while ((got = recv(socket_.get(), buffer, sizeof(buffer), 0)) > 0) {
      if (std::string(buffer, static_cast<size_t>(got)).find("WATCHDOG=1") != std::string::npos) {
        ++fed;
      }
    }
    return fed;
  }

  fakes::TempDirectory directory_;
  const host::Fd socket_{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
};

TEST_F(WatchdogTest, ALoopThatTurnsIsFedAndOneThatHangsIsNot) {
  auto loop = host::Loop::Create();
  ASSERT_TRUE(loop.ok()) << loop.status();
  ASSERT_GT(sd_event_set_watchdog((*loop)->raw(), 1), 0);
  int fed = 0;
  ASSERT_TRUE(host::RunUntil(**loop, [&] { return (fed += Fed()) >= 3; }));

  bool hung = false;
  int fed_while_hanging = -1;
  (*loop)->Post([&] {
    Fed();
    // Three times the watchdog's patience: nobody else may feed it meanwhile.
    pollfd feed{.fd = socket_.get(), .events = POLLIN};
    fed_while_hanging = poll(&feed, 1, 600);
    hung = true;
  });
  ASSERT_TRUE(host::RunUntil(**loop, [&] { return hung; }));
  EXPECT_EQ(fed_while_hanging, 0);
}

}  // namespace
}  // namespace faultline::agent
