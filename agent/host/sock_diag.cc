#include "agent/host/sock_diag.h"

#include <linux/filter.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "agent/host/fd.h"
#include "agent/host/netlink_bytes.h"
#include "agent/host/sock_diag_parse.h"

namespace faultline::host {
namespace {

constexpr int kMaxEndsPerTurn = 256;

absl::StatusOr<Fd> OpenSockDiag(uint32_t groups) {
  Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (!fd.valid() ||
      bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return absl::ErrnoToStatus(errno, "cannot ask the kernel for listeners (netlink sock_diag)");
  }
  return fd;
}

absl::Status DumpFamily(int fd, uint8_t family, uint16_t port, std::vector<ListeningSocket>* out) {
  struct {
    nlmsghdr header;
    inet_diag_req_v2 request;
  } ask{};
  ask.header.nlmsg_len = sizeof(ask);
  ask.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  ask.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  ask.request.sdiag_family = family;
  ask.request.sdiag_protocol = IPPROTO_TCP;
  ask.request.idiag_states = 1U << kTcpListen;
  ask.request.id.idiag_sport = htons(port);  // the kernel sends only these; 0: all
  if (send(fd, &ask, sizeof(ask), 0) < 0) {
    return absl::ErrnoToStatus(errno, "cannot ask sock_diag for listeners");
  }
  alignas(nlmsghdr) std::array<uint8_t, 32 * 1024> buffer;
  for (int i = 0; i < kMaxNetlinkDatagrams; ++i) {
    const ssize_t n = recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::ErrnoToStatus(errno, "sock_diag did not answer");
    absl::StatusOr<bool> done = ParseListeners({buffer.data(), static_cast<size_t>(n)}, port, out);
    if (!done.ok()) return done.status();
    if (*done) return absl::OkStatus();
  }
  return absl::ResourceExhaustedError("this host has more listeners than can be listed");
}

// Of a destroyed socket's message: its own port is `port` and it has no peer, so it was a listener
// (or never connected). Everything else stays in the kernel: a busy server destroys thousands of
// connections a second.
bool AttachEndFilter(int fd, uint16_t port) {
  constexpr uint32_t kId = sizeof(nlmsghdr) + offsetof(inet_diag_msg, id);
  constexpr uint32_t kSourcePort = kId + offsetof(inet_diag_sockid, idiag_sport);
  constexpr uint32_t kPeerPort = kId + offsetof(inet_diag_sockid, idiag_dport);
  std::array<sock_filter, 6> program = {{
      {BPF_LD | BPF_H | BPF_ABS, 0, 0, kSourcePort},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, port},
      {BPF_LD | BPF_H | BPF_ABS, 0, 0, kPeerPort},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0},
      {BPF_RET | BPF_K, 0, 0, 0xffff},
      {BPF_RET | BPF_K, 0, 0, 0},
  }};
  const sock_fprog filter{program.size(), program.data()};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0;
}

class EndWatch : public LoopSource {
 public:
  EndWatch(Fd fd, std::function<void()> callback)
      : fd_(std::move(fd)), callback_(std::move(callback)) {}

  absl::Status Attach(Loop& loop) {
    auto source = loop.WatchFd(fd_.get(), EPOLLIN, [this](uint32_t) {
      // Also after an overrun (ENOBUFS): the dump that follows tells the truth.
      std::array<uint8_t, 512> buffer;
      for (int i = 0; i < kMaxEndsPerTurn; ++i) {
        const ssize_t n = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (n < 0 && errno != ENOBUFS) break;
      }
      const std::function<void()> callback = callback_;
      callback();
    });
    if (!source.ok()) return source.status();
    source_ = *std::move(source);
    return absl::OkStatus();
  }

 private:
  Fd fd_;
  const std::function<void()> callback_;
  std::unique_ptr<LoopSource> source_;
};

}  // namespace

absl::StatusOr<std::vector<ListeningSocket>> DumpListeners(uint16_t port) {
  absl::StatusOr<Fd> fd = OpenSockDiag(0);
  if (!fd.ok()) return fd.status();
  std::vector<ListeningSocket> listeners;
  for (uint8_t family : {AF_INET, AF_INET6}) {
    absl::Status dumped = DumpFamily(fd->get(), family, port, &listeners);
    // A kernel without IPv6 has no such listeners.
    if (!dumped.ok() && !(family == AF_INET6 && absl::IsNotFound(dumped))) return dumped;
  }
  return listeners;
}

absl::StatusOr<std::unique_ptr<LoopSource>> WatchListenerEnds(Loop& loop, uint16_t port,
                                                              std::function<void()> callback) {
  absl::StatusOr<Fd> fd = OpenSockDiag(1U << (SKNLGRP_INET_TCP_DESTROY - 1));
  if (!fd.ok()) return fd.status();
  if (!AttachEndFilter(fd->get(), port)) {
    return absl::ErrnoToStatus(errno, "cannot filter the ends of sockets");
  }
  auto watch = std::make_unique<EndWatch>(*std::move(fd), std::move(callback));
  if (absl::Status attached = watch->Attach(loop); !attached.ok()) return attached;
  return watch;
}

}  // namespace faultline::host
