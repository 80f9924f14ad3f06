// A D-Bus daemon that hangs: it accepts and never says a word, or never accepts.
#pragma once

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/host/fd.h"
#include "agent/host/loop.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::host {

class SilentBus {
 public:
  explicit SilentBus(Loop& loop) : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    path().copy(where.sun_path, sizeof(where.sun_path) - 1);
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&where), sizeof(where)), 0);
    EXPECT_EQ(listen(socket_.get(), 16), 0);
    watch_ = loop.WatchFd(socket_.get(), EPOLLIN,
                          [this](uint32_t) {
                            accepted_.emplace_back(
                                accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
                          })
                 .value();
  }
  std::string address() const { return "unix:path=" + path(); }
  size_t accepted() const { return accepted_.size(); }
  void StopAccepting() { watch_.reset(); }

 private:
  std::string path() const { return directory_ / "socket"; }

  const fakes::TempDirectory directory_;
  Fd socket_;
  std::vector<Fd> accepted_;
  std::unique_ptr<LoopSource> watch_;
};

}  // namespace faultline::host
