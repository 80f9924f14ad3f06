#include "agent/host/icmp_echo.h"

#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "agent/host/fd.h"
#include "agent/host/icmp_error_queue.h"
#include "agent/host/icmp_packet.h"

namespace faultline::host {
namespace {

constexpr int kEchoReceiveBuffer = 64 * 1024;
constexpr int kMaxPerTurn = 64;
constexpr size_t kRemembered = 64;

struct Sent {
  Echo echo;
  MonoTime at;
  bool open = false;  // no reply yet
};

template <typename T>
bool FillRandom(T* out) {
  return getrandom(out, sizeof(T), GRND_NONBLOCK) == static_cast<ssize_t>(sizeof(T));
}

template <typename T>
bool SetOption(int fd, int level, int option, const T& value) {
  return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

// A raw socket sees every echo reply of this host: only those with our id wake us.
bool AttachIdFilter(int fd, int family, uint16_t id) {
  const auto statement = [](uint16_t code, uint32_t k) { return sock_filter{code, 0, 0, k}; };
  std::array<sock_filter, 5> program = {{
      // IPv6 raw sockets see the message, IPv4 ones the packet: X = length of the IP header.
      family == AF_INET ? statement(BPF_LDX | BPF_B | BPF_MSH, 0) : statement(BPF_LDX | BPF_IMM, 0),
      statement(BPF_LD | BPF_H | BPF_IND, 4),
      sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, id},
      statement(BPF_RET | BPF_K, 512),
      statement(BPF_RET | BPF_K, 0),
  }};
  return SetOption(fd, SOL_SOCKET, SO_ATTACH_FILTER,
                   sock_fprog{static_cast<unsigned short>(program.size()), program.data()});
}

bool PassOnlyReplies(int fd, int family) {
  if (family == AF_INET) {
    return SetOption(fd, SOL_RAW, kIcmpFilterOption, uint32_t{~(1U << ICMP_ECHOREPLY)});
  }
  icmp6_filter filter;
  ICMP6_FILTER_SETBLOCKALL(&filter);
  ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
  return SetOption(fd, IPPROTO_ICMPV6, ICMP6_FILTER, filter);
}

EchoAnswerKind FromTcp(const TcpAnswer& answer) {
  switch (answer.kind) {
    case TcpAnswerKind::kHostUnreachable:
      return EchoAnswerKind::kHostUnreachable;
    case TcpAnswerKind::kNetUnreachable:
      return answer.error == EINVAL ? EchoAnswerKind::kBlackhole : EchoAnswerKind::kNetUnreachable;
    case TcpAnswerKind::kAdminProhibited:
    case TcpAnswerKind::kRefused:  // iptables' REJECT says "port unreachable" to pings too
      return EchoAnswerKind::kProhibited;
    case TcpAnswerKind::kBlockedHere:
      return EchoAnswerKind::kBlockedHere;
    default:
      return EchoAnswerKind::kCannotProbe;
  }
}

class SocketEcho : public IcmpEcho {
 public:
  SocketEcho(const IpAddress& target, EchoCallback callback)
      : target_(target), callback_(std::move(callback)) {}

  absl::Status Open(Loop& loop) {
    const int family = target_.family;
    const bool v4 = family == AF_INET;
    const int protocol = v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
    fd_ = Fd(socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
    if (!fd_.valid()) {
      raw_ = true;
      fd_ = Fd(socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
    }
    if (!fd_.valid()) return absl::ErrnoToStatus(errno, "cannot open an ICMP socket");
    bool ok = FillRandom(&id_) && FillRandom(&next_) &&
              SetOption(fd_.get(), SOL_SOCKET, SO_RCVBUF, kEchoReceiveBuffer) &&
              SetOption(fd_.get(), v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR,
                        int{1});
    ok = ok && (raw_ ? AttachIdFilter(fd_.get(), family, id_) && PassOnlyReplies(fd_.get(), family)
                     : TakeKernelsId());
    if (!ok) return absl::ErrnoToStatus(errno, "cannot set up the ICMP socket");
    auto watch = loop.WatchFd(fd_.get(), EPOLLIN, [this](uint32_t) { Poll(); });
    if (!watch.ok()) return watch.status();
    watch_ = *std::move(watch);
    return absl::OkStatus();
  }

  std::optional<EchoAnswer> Send(MonoTime now) override {
    Sent& sent = sent_[next_ % kRemembered];
    sent = Sent{.echo = {.id = id_, .sequence = next_++}, .at = now, .open = true};
    if (!FillRandom(&sent.echo.token)) return Failure(EAGAIN, now);
    const auto message = BuildEchoRequest(target_.family, sent.echo);
    sockaddr_storage to;
    const socklen_t length = FillSockaddr(target_, 0, &to);
    TakePendingError();
    if (sendto(fd_.get(), message.data(), message.size(), MSG_NOSIGNAL,
               reinterpret_cast<sockaddr*>(&to), length) < 0) {
      return Failure(errno, now);
    }
    return std::nullopt;
  }

  void Poll() override {
    for (int i = 0; i < kMaxPerTurn; ++i) {
      const std::optional<QueuedEchoError> error = TakeEchoError(fd_.get(), target_.family);
      if (!error.has_value()) break;
      OnError(*error);
    }
    for (int i = 0; i < kMaxPerTurn; ++i) {
      std::array<uint8_t, 512> buffer;
      sockaddr_storage from{};
      socklen_t length = sizeof(from);
      const ssize_t n = recvfrom(fd_.get(), buffer.data(), buffer.size(), 0,
                                 reinterpret_cast<sockaddr*>(&from), &length);
      // An ICMP error shows up as an errno too; its queue was read above.
      if (n < 0 && errno != EAGAIN) continue;
      if (n < 0) break;
      OnPacket({buffer.data(), static_cast<size_t>(n)}, FromSockaddr(from));
    }
  }

 private:
  // A datagram socket's id is its port, and the kernel brings us nothing else.
  bool TakeKernelsId() {
    sockaddr_storage address{};
    address.ss_family = static_cast<sa_family_t>(target_.family);
    socklen_t length = target_.family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), length) != 0) return false;
    length = sizeof(address);
    if (getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) return false;
    // sin_port and sin6_port lie at the same place.
    id_ = ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    return true;
  }

  // Left by an earlier packet's ICMP error, it would fail the next send.
  void TakePendingError() {
    int error = 0;
    socklen_t length = sizeof(error);
    getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  }

  static std::optional<EchoAnswer> Failure(int error, MonoTime now) {
    const std::optional<TcpAnswer> meaning = TcpAnswerFromErrno(error);
    if (!meaning.has_value()) return std::nullopt;
    return EchoAnswer{.kind = FromTcp(*meaning), .sent = now, .error = error};
  }

  Sent* Find(uint16_t id, uint16_t sequence) {
    Sent& sent = sent_[sequence % kRemembered];
    const bool ours = sent.open && sent.echo.id == id && sent.echo.sequence == sequence;
    return ours ? &sent : nullptr;
  }

  void OnPacket(std::span<const uint8_t> packet, const IpAddress& from) {
    if (from != target_) return;
    const auto message = raw_ && target_.family == AF_INET ? StripIpv4Header(packet) : packet;
    const std::optional<Echo> reply = ParseEchoReply(target_.family, message);
    if (!reply.has_value()) return;
    Sent* sent = Find(reply->id, reply->sequence);
    if (sent == nullptr || sent->echo != *reply) return;
    sent->open = false;
    callback_({.kind = EchoAnswerKind::kReply, .from = from, .sent = sent->at});
  }

  // A forger can guess what an error quotes more easily than a token, so it closes nothing.
  void OnError(const QueuedEchoError& error) {
    if (error.target != target_ || !error.meaning.has_value()) return;
    const Sent* sent = Find(error.echo.id, error.echo.sequence);
    if (sent == nullptr) return;
    callback_({.kind = FromTcp({.kind = *error.meaning}),
               .by_icmp = true,
               .from = error.from,
               .sent = sent->at});
  }

  const IpAddress target_;
  const EchoCallback callback_;
  Fd fd_;
  bool raw_ = false;
  uint16_t id_ = 0;
  uint16_t next_ = 0;  // starts anywhere
  std::array<Sent, kRemembered> sent_;
  std::unique_ptr<LoopSource> watch_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<IcmpEcho>> OpenIcmpEcho(Loop& loop, const IpAddress& target,
                                                       EchoCallback callback) {
  auto echo = std::make_unique<SocketEcho>(target, std::move(callback));
  if (absl::Status opened = echo->Open(loop); !opened.ok()) return opened;
  return echo;
}

}  // namespace faultline::host
