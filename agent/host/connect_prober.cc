// Plain nonblocking connects, for ports where a half-open SYN is not possible and a connection
// does no harm.
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>

#include <linux/errqueue.h>  // after time.h: it uses timespec without including it

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "agent/host/fd.h"
#include "agent/host/tcp_prober.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxParallel = 16;

struct Attempt {
  Fd fd;
  std::unique_ptr<LoopSource> watch;
};

// With IP_RECVERR the kernel keeps the ICMP error behind an errno: a REJECT is told from a RST, an
// administrative prohibition from a host that is down.
std::optional<TcpAnswer> QueuedIcmpError(int fd, int family) {
  char data[64];
  alignas(cmsghdr) char control[512];
  sockaddr_storage name{};
  iovec buffer{data, sizeof(data)};
  msghdr message{};
  message.msg_name = &name;
  message.msg_namelen = sizeof(name);
  message.msg_iov = &buffer;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return std::nullopt;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    const bool v4 = header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR;
    const bool v6 = header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR;
    if ((!v4 && !v6) || header->cmsg_len < CMSG_LEN(sizeof(sock_extended_err))) continue;
    const auto* error = reinterpret_cast<const sock_extended_err*>(CMSG_DATA(header));
    if (error->ee_origin != SO_EE_ORIGIN_ICMP && error->ee_origin != SO_EE_ORIGIN_ICMP6) continue;
    const std::optional<TcpAnswerKind> kind =
        TcpAnswerFromIcmp(family, error->ee_type, error->ee_code);
    if (!kind.has_value()) return std::nullopt;
    TcpAnswer answer{.kind = *kind, .by_icmp = true};
    const size_t offender = sizeof(sock_extended_err);
    const size_t needed = offender + (v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    if (header->cmsg_len >= CMSG_LEN(needed)) {
      sockaddr_storage from{};
      std::copy_n(CMSG_DATA(header) + offender, needed - offender, reinterpret_cast<char*>(&from));
      answer.from = FromSockaddr(from);
    }
    return answer;
  }
  return std::nullopt;
}

class ConnectProber : public TcpProber {
 public:
  ConnectProber(Loop& loop, const IpAddress& target, uint16_t port, TcpAnswerCallback callback)
      : loop_(loop), target_(target), port_(port), callback_(std::move(callback)) {}

  std::optional<TcpAnswer> Send() override {
    if (attempts_.size() >= kMaxParallel) {
      attempts_.front().watch.reset();  // before its descriptor closes
      attempts_.erase(attempts_.begin());
    }
    Attempt attempt;
    attempt.fd = Fd(socket(target_.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int fd = attempt.fd.get();
    if (fd < 0) return TcpAnswer{.kind = TcpAnswerKind::kCannotProbe, .error = errno};
    const int on = 1;
    const bool v4 = target_.family == AF_INET;
    setsockopt(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, &on, sizeof(on));
    sockaddr_storage address;
    const socklen_t length = FillSockaddr(target_, port_, &address);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), length) == 0) return TcpAnswer{};
    if (errno != EINPROGRESS) return TcpAnswerFromErrno(errno);
    auto watch = loop_.WatchFd(fd, EPOLLOUT, [this](uint32_t) {
      const std::optional<TcpAnswer> answer = Poll();
      if (answer.has_value()) callback_(*answer);
    });
    if (!watch.ok()) return TcpAnswer{.kind = TcpAnswerKind::kCannotProbe, .error = ENOMEM};
    attempt.watch = *std::move(watch);
    attempts_.push_back(std::move(attempt));
    return std::nullopt;
  }

  std::optional<TcpAnswer> Poll() override {
    std::optional<TcpAnswer> found;
    for (size_t i = 0; i < attempts_.size();) {
      pollfd ready{attempts_[i].fd.get(), POLLOUT, 0};
      if (poll(&ready, 1, 0) <= 0) {
        ++i;
        continue;
      }
      const std::optional<TcpAnswer> answer = Result(attempts_[i].fd.get());
      attempts_[i].watch.reset();
      attempts_.erase(attempts_.begin() + static_cast<std::ptrdiff_t>(i));
      if (answer.has_value() && (!found.has_value() || answer->kind == TcpAnswerKind::kOpen)) {
        found = answer;
      }
    }
    return found;
  }

  void End() override { attempts_.clear(); }

 private:
  std::optional<TcpAnswer> Result(int fd) const {
    const std::optional<TcpAnswer> icmp = QueuedIcmpError(fd, target_.family);
    int error = 0;
    socklen_t length = sizeof(error);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
    if (error == 0) return TcpAnswer{};
    return icmp.has_value() ? icmp : TcpAnswerFromErrno(error);
  }

  Loop& loop_;
  const IpAddress target_;
  const uint16_t port_;
  const TcpAnswerCallback callback_;
  std::vector<Attempt> attempts_;
};

}  // namespace

std::unique_ptr<TcpProber> MakeConnectProber(Loop& loop, const IpAddress& target, uint16_t port,
                                             TcpAnswerCallback callback) {
  return std::make_unique<ConnectProber>(loop, target, port, std::move(callback));
}

}  // namespace faultline::host
