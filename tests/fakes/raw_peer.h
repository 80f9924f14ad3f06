// A TCP server on loopback that does with each connection what the test says, one after the other.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "common/mutex.h"

namespace faultline::fakes {

class RawPeer {
 public:
  // `serve` runs on a thread of the peer's own; it returns when it is done with the connection or
  // when Send and Receive say that the other side, or this one, has ended it.
  explicit RawPeer(std::function<void(int)> serve) : serve_(std::move(serve)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 16) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { AcceptAll(); });
  }
  ~RawPeer() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
      shutdown(listener_, SHUT_RDWR);
      if (open_ >= 0) shutdown(open_, SHUT_RDWR);
    }
    thread_.join();
    close(listener_);
  }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  uint16_t port() const { return port_; }
  int connections() const {
    MutexLock lock(mutex_);
    return connections_;
  }

  static bool Send(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }
  // What came until the empty line; "" when the other side ended it before.
  static std::string ReceiveHead(int fd) {
    std::string head;
    char byte = 0;
    while (head.find("\r\n\r\n") == std::string::npos) {
      if (recv(fd, &byte, 1, 0) != 1) return "";
      head += byte;
    }
    return head;
  }
  // Until the other side ends it: what it sends is thrown away.
  static void WaitForEnd(int fd) {
    char buffer[4096];
    while (recv(fd, buffer, sizeof(buffer), 0) > 0) {
    }
  }
  // The next close sends RST.
  static void Reset(int fd) {
    const linger at_once{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }

 private:
  void AcceptAll() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      {
        MutexLock lock(mutex_);
        if (stopping_ || fd < 0) {
          if (fd >= 0) close(fd);
          return;
        }
        open_ = fd;
        ++connections_;
      }
      serve_(fd);
      MutexLock lock(mutex_);
      open_ = -1;
      close(fd);
    }
  }

  const std::function<void(int)> serve_;
  int listener_ = -1;
  uint16_t port_ = 0;
  mutable Mutex mutex_;
  bool stopping_ = false;
  int open_ = -1;
  int connections_ = 0;
  std::thread thread_;
};

}  // namespace faultline::fakes
