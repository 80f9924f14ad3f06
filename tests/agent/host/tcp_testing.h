// Real TCP listeners on loopback, port 0, and a network namespace where a peer stays silent.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstdlib>
#include <string>

#include "agent/host/endpoint.h"
#include "agent/host/fd.h"

namespace faultline::host {

class TestListener {
 public:
  explicit TestListener(const std::string& address = "127.0.0.1", uint16_t wanted_port = 0,
                        bool v6_only = true) {
    const IpAddress ip = ParseIpAddress(address).value();
    fd_ = Fd(socket(ip.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int on = 1;
    setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    const int only = v6_only ? 1 : 0;
    if (ip.family == AF_INET6) {
      setsockopt(fd_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
    }
    sockaddr_storage storage;
    socklen_t length = FillSockaddr(ip, wanted_port, &storage);
    ok_ = bind(fd_.get(), reinterpret_cast<sockaddr*>(&storage), length) == 0 &&
          listen(fd_.get(), 128) == 0;
    length = sizeof(storage);
    getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &length);
    port_ = ntohs(reinterpret_cast<sockaddr_in&>(storage).sin_port);
  }

  bool ok() const { return ok_; }
  uint16_t port() const { return port_; }
  void Close() { fd_.Reset(); }
  // True when a connection waits to be accepted: the server has seen us.
  bool SawConnection() const {
    const Fd accepted(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    return accepted.valid();
  }

 private:
  Fd fd_;
  bool ok_ = false;
  uint16_t port_ = 0;
};

inline bool Run(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

}  // namespace faultline::host
