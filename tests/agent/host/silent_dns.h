#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "agent/host/fd.h"
#include "tests/agent/host/private_mounts.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::host {

// A DNS server that takes every question and answers none; /etc/resolv.conf names it alone, in a
// mount namespace of the test's own. It has an address of its own on loopback, because the port of
// DNS is one for all. Make it on the main thread and before other threads.
class SilentDns {
 public:
  SilentDns() : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    for (int i = 0; i < 200 && address_.empty(); ++i) {
      const std::string address =
          "127.53." + std::to_string(getpid() % 250 + 1) + "." + std::to_string(i + 1);
      sockaddr_in where{};
      where.sin_family = AF_INET;
      where.sin_port = htons(53);
      inet_pton(AF_INET, address.c_str(), &where.sin_addr);
      if (bind(socket_.get(), reinterpret_cast<sockaddr*>(&where), sizeof(where)) == 0) {
        address_ = address;
      }
    }
    why_not_ = mounts_.why_not();
    if (!why_not_.empty()) return;
    if (address_.empty()) {
      why_not_ = "may not listen on port 53 of loopback";
      return;
    }
    PutOver("/etc/resolv.conf", "nameserver " + address_ + "\n");
    PutOver("/etc/hosts", "127.0.0.1 localhost\n10.0.2.10 db.internal\n");
  }
  SilentDns(const SilentDns&) = delete;
  SilentDns& operator=(const SilentDns&) = delete;

  // Empty when it is possible: the test skips with it otherwise.
  const std::string& why_not() const { return why_not_; }
  bool WasAsked() const {
    char question[512];
    return recv(socket_.get(), question, sizeof(question), 0) > 0;
  }

 private:
  void PutOver(const std::string& target, const std::string& text) {
    const std::string file = directory_ / target.substr(target.rfind('/') + 1);
    std::ofstream(file) << text;
    if (mount(file.c_str(), target.c_str(), nullptr, MS_BIND, nullptr) != 0) {
      why_not_ = "cannot put a file over " + target;
    }
  }

  PrivateMounts mounts_;
  const fakes::TempDirectory directory_;
  std::string why_not_;
  Fd socket_;
  std::string address_;
};

}  // namespace faultline::host
