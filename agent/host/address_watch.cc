#include "agent/host/address_watch.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "agent/host/fd.h"
#include "agent/host/netlink_bytes.h"

namespace faultline::host {
namespace {

// A host of containers changes many in a row: they are one change.
constexpr Span kSettle = Span::Millis(500);

class AddressWatch : public LoopSource {
 public:
  AddressWatch(Loop& loop, Fd fd, std::function<void()> changed)
      : loop_(loop), fd_(std::move(fd)), changed_(std::move(changed)) {}

  absl::Status Attach() {
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    if (bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      return absl::ErrnoToStatus(errno, "cannot watch changes of addresses");
    }
    auto source = loop_.WatchFd(fd_.get(), EPOLLIN, [this](uint32_t) { OnReadable(); });
    if (!source.ok()) return source.status();
    source_ = *std::move(source);
    return absl::OkStatus();
  }

 private:
  // What they say is not needed: the addresses are read anew. Lost ones (ENOBUFS) count as well.
  void OnReadable() {
    char ignored = 0;
    for (int i = 0; i < kMaxDatagramsPerTurn; ++i) {
      const ssize_t n = recv(fd_.get(), &ignored, sizeof(ignored), MSG_DONTWAIT | MSG_TRUNC);
      if (n < 0 && errno != ENOBUFS && errno != EINTR) break;
    }
    if (settled_ != nullptr) return;
    settled_ = loop_.After(kSettle, [this] {
      settled_.reset();
      const auto changed = changed_;  // it may destroy us
      changed();
    });
  }

  Loop& loop_;
  Fd fd_;
  const std::function<void()> changed_;
  std::unique_ptr<LoopSource> source_;
  std::unique_ptr<LoopSource> settled_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LoopSource>> WatchAddresses(Loop& loop,
                                                           std::function<void()> changed) {
  Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "cannot watch changes of addresses");
  auto watch = std::make_unique<AddressWatch>(loop, std::move(fd), std::move(changed));
  if (absl::Status attached = watch->Attach(); !attached.ok()) return attached;
  return watch;
}

}  // namespace faultline::host
