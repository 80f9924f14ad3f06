// A path of chosen delay between two network namespaces: two TUN devices and this process between
// them, for kernels without netem. Lives on the loop's thread.
#pragma once

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/host/fd.h"
#include "agent/host/loop.h"
#include "tests/fakes/net_namespace.h"

namespace faultline::fakes {

class TunRelay {
 public:
  // `delay` is asked for each packet, per direction; nullopt loses it.
  TunRelay(host::Loop& loop, const NetNamespace& left, const std::string& left_address,
           const NetNamespace& right, const std::string& right_address,
           std::function<std::optional<Span>()> delay)
      : loop_(loop),
        delay_(std::move(delay)),
        left_(Open(left, left_address, right_address)),
        right_(Open(right, right_address, left_address)) {
    if (!ok()) return;
    watches_.push_back(Watch(left_.get(), right_.get()));
    watches_.push_back(Watch(right_.get(), left_.get()));
  }

  bool ok() const { return left_.valid() && right_.valid(); }
  size_t relayed() const { return relayed_; }

 private:
  static host::Fd Open(const NetNamespace& where, const std::string& own, const std::string& peer) {
    host::Fd fd;
    {
      const InNamespace inside(where.fd());
      fd = host::Fd(open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
      ifreq request{};
      request.ifr_flags = IFF_TUN | IFF_NO_PI;
      std::strncpy(request.ifr_name, "tun0", IFNAMSIZ);
      if (!fd.valid() || ioctl(fd.get(), TUNSETIFF, &request) != 0) return host::Fd();
    }
    if (!where.Run("ip addr add " + own + " peer " + peer + " dev tun0 && ip link set tun0 up")) {
      return host::Fd();
    }
    return fd;
  }

  std::unique_ptr<host::LoopSource> Watch(int from, int to) {
    auto watch = loop_.WatchFd(from, EPOLLIN, [this, from, to](uint32_t) { Take(from, to); });
    return watch.ok() ? *std::move(watch) : nullptr;
  }

  void Take(int from, int to) {
    std::array<char, 2048> buffer;
    for (ssize_t n; (n = read(from, buffer.data(), buffer.size())) > 0;) {
      const std::optional<Span> delay = delay_();
      if (!delay.has_value()) continue;
      const uint64_t number = ++relayed_;
      std::string packet(buffer.data(), static_cast<size_t>(n));
      pending_[number] = loop_.After(*delay, [this, to, number, packet] {
        [[maybe_unused]] const ssize_t written = write(to, packet.data(), packet.size());
        pending_.erase(number);
      });
    }
  }

  host::Loop& loop_;
  const std::function<std::optional<Span>()> delay_;
  const host::Fd left_;
  const host::Fd right_;
  uint64_t relayed_ = 0;
  std::map<uint64_t, std::unique_ptr<host::LoopSource>> pending_;
  std::vector<std::unique_ptr<host::LoopSource>> watches_;
};

}  // namespace faultline::fakes
