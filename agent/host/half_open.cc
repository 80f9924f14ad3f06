// Half-open SYN over raw sockets: our kernel answers the SYN-ACK with RST by itself, because no
// socket of ours is in SYN_SENT, and the server never gets to accept anything.
#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/epoll.h>
#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "agent/host/fd.h"
#include "agent/host/half_open_packet.h"
#include "agent/host/icmp_packet.h"
#include "agent/host/tcp_prober.h"

namespace faultline::host {
namespace {

constexpr int kRawReceiveBuffer = 64 * 1024;
constexpr int kMaxPacketsPerRead = 64;

sock_filter Statement(uint16_t code, uint32_t k) { return sock_filter{code, 0, 0, k}; }
// Goes on when equal, to the last instruction (reject), `left` ahead, otherwise.
sock_filter MustEqual(uint32_t k, uint8_t left) {
  return sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, left, k};
}

// Only segments to our source port from the target's port with SYN or RST wake us: the traffic of
// the application with the same server does not.
std::vector<sock_filter> AnswerFilter(int family, uint16_t source_port, uint16_t target_port) {
  std::vector<sock_filter> program;
  // IPv6 raw sockets see the segment, IPv4 ones the packet: X = length of the IP header.
  program.push_back(family == AF_INET ? Statement(BPF_LDX | BPF_B | BPF_MSH, 0)
                                      : Statement(BPF_LDX | BPF_IMM, 0));
  program.push_back(Statement(BPF_LD | BPF_H | BPF_IND, 0));
  program.push_back(MustEqual(target_port, 5));
  program.push_back(Statement(BPF_LD | BPF_H | BPF_IND, 2));
  program.push_back(MustEqual(source_port, 3));
  program.push_back(Statement(BPF_LD | BPF_B | BPF_IND, 13));
  program.push_back(sock_filter{BPF_JMP | BPF_JSET | BPF_K, 0, 1, 0x06});  // SYN or RST
  program.push_back(Statement(BPF_RET | BPF_K, 256));
  program.push_back(Statement(BPF_RET | BPF_K, 0));
  return program;
}

// Only errors that quote a packet to the target's port.
std::vector<sock_filter> IcmpFilter(const IpAddress& target, uint16_t port) {
  std::vector<sock_filter> program;
  if (target.family == AF_INET) {
    const uint32_t address = uint32_t{target.bytes[0]} << 24 | uint32_t{target.bytes[1]} << 16 |
                             uint32_t{target.bytes[2]} << 8 | uint32_t{target.bytes[3]};
    program.push_back(Statement(BPF_LDX | BPF_B | BPF_MSH, 0));
    program.push_back(Statement(BPF_LD | BPF_W | BPF_IND, 8 + 16));
    program.push_back(MustEqual(address, 3));
    program.push_back(Statement(BPF_LD | BPF_H | BPF_IND, 8 + 20 + 2));
  } else {
    program.push_back(Statement(BPF_LD | BPF_H | BPF_ABS, 8 + 40 + 2));
  }
  program.push_back(MustEqual(port, 1));
  program.push_back(Statement(BPF_RET | BPF_K, 2048));
  program.push_back(Statement(BPF_RET | BPF_K, 0));
  return program;
}

bool AttachFilter(int fd, std::vector<sock_filter> program) {
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0;
}

// Nothing passes until the true filter stands: no flood in between fills the buffer.
bool AttachRejectAll(int fd) { return AttachFilter(fd, {Statement(BPF_RET | BPF_K, 0)}); }

// The address that the kernel would send from; errno where it has no way to go.
std::optional<IpAddress> SourceFor(const IpAddress& target, uint16_t port) {
  const Fd udp(socket(target.family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_storage address;
  socklen_t length = FillSockaddr(target, port, &address);
  if (!udp.valid() || connect(udp.get(), reinterpret_cast<sockaddr*>(&address), length) != 0) {
    return std::nullopt;
  }
  length = sizeof(address);
  if (getsockname(udp.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return std::nullopt;
  }
  return FromSockaddr(address);
}

class HalfOpenProber : public TcpProber {
 public:
  HalfOpenProber(Loop& loop, const IpAddress& target, uint16_t port, TcpAnswerCallback callback)
      : loop_(loop), target_(target), port_(port), callback_(std::move(callback)) {}

  absl::Status Open() {
    const int family = target_.family;
    const bool v4 = family == AF_INET;
    constexpr int kType = SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK;
    tcp_ = Fd(socket(family, kType, IPPROTO_TCP));
    if (!tcp_.valid()) return absl::ErrnoToStatus(errno, "cannot open a raw TCP socket");
    icmp_ = Fd(socket(family, kType, v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6}));
    if (!icmp_.valid()) return absl::ErrnoToStatus(errno, "cannot open a raw ICMP socket");
    bool ok = AttachRejectAll(tcp_.get()) && AttachFilter(icmp_.get(), IcmpFilter(target_, port_));
    for (int fd : {tcp_.get(), icmp_.get()}) {
      ok = ok && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kRawReceiveBuffer, sizeof(int)) == 0;
    }
    if (v4) {
      const uint32_t blocked = ~(1U << ICMP_DEST_UNREACH | 1U << ICMP_TIME_EXCEEDED);
      ok =
          ok && setsockopt(icmp_.get(), SOL_RAW, kIcmpFilterOption, &blocked, sizeof(blocked)) == 0;
    } else {
      icmp6_filter filter;
      ICMP6_FILTER_SETBLOCKALL(&filter);
      ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &filter);
      ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &filter);
      ok =
          ok && setsockopt(icmp_.get(), IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) == 0;
    }
    if (!ok) return absl::ErrnoToStatus(errno, "cannot set up the raw sockets");
    for (auto [fd, watch] : {std::pair{tcp_.get(), &tcp_watch_}, {icmp_.get(), &icmp_watch_}}) {
      auto source = loop_.WatchFd(fd, EPOLLIN, [this](uint32_t) { OnReadable(); });
      if (!source.ok()) return source.status();
      *watch = *std::move(source);
    }
    return absl::OkStatus();
  }

  std::optional<TcpAnswer> Send() override {
    if (!syn_.has_value()) {
      if (!Begin()) return TcpAnswerFromErrno(errno);
    }
    const std::array<uint8_t, kSynBytes> segment = BuildSyn(*syn_);
    sockaddr_storage to;
    const socklen_t to_length = FillSockaddr(target_, 0, &to);
    iovec data{const_cast<uint8_t*>(segment.data()), segment.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in6_pktinfo))] = {};
    msghdr message{};
    message.msg_name = &to;
    message.msg_namelen = to_length;
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    FixSource(&message);
    if (sendmsg(tcp_.get(), &message, MSG_NOSIGNAL) < 0) return TcpAnswerFromErrno(errno);
    return std::nullopt;
  }

  std::optional<TcpAnswer> Poll() override {
    std::optional<TcpAnswer> answer = Read(tcp_.get());
    const std::optional<TcpAnswer> error = Read(icmp_.get());
    return answer.has_value() ? answer : error;
  }

  void End() override {
    if (!syn_.has_value()) return;
    syn_.reset();
    reserved_.Reset();
    AttachRejectAll(tcp_.get());
  }

 private:
  // Chooses source address, port and sequence number. A port of its own for each attempt: a
  // firewall that lets known connections pass must judge this one anew.
  bool Begin() {
    const std::optional<IpAddress> source = SourceFor(target_, port_);
    if (!source.has_value()) return false;
    // Bound, so that no connection of this host gets the same port meanwhile.
    reserved_ = Fd(socket(target_.family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_storage address;
    socklen_t length = FillSockaddr(*source, 0, &address);
    if (!reserved_.valid() ||
        bind(reserved_.get(), reinterpret_cast<sockaddr*>(&address), length) != 0) {
      return false;
    }
    length = sizeof(address);
    if (getsockname(reserved_.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
      return false;
    }
    SynSent syn;
    syn.source = *source;
    syn.target = target_;
    // sin_port and sin6_port lie at the same place.
    syn.source_port = ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    syn.target_port = port_;
    if (getrandom(&syn.sequence, sizeof(syn.sequence), GRND_NONBLOCK) != sizeof(syn.sequence)) {
      return false;
    }
    if (!AttachFilter(tcp_.get(), AnswerFilter(target_.family, syn.source_port, port_))) {
      return false;
    }
    syn_ = syn;
    return true;
  }

  // The checksum covers the source address: the kernel must not choose another.
  void FixSource(msghdr* message) const {
    cmsghdr* header = CMSG_FIRSTHDR(message);
    if (target_.family == AF_INET) {
      in_pktinfo info{};
      std::memcpy(&info.ipi_spec_dst, syn_->source.bytes.data(), 4);
      header->cmsg_level = IPPROTO_IP;
      header->cmsg_type = IP_PKTINFO;
      header->cmsg_len = CMSG_LEN(sizeof(info));
      std::memcpy(CMSG_DATA(header), &info, sizeof(info));
      message->msg_controllen = CMSG_SPACE(sizeof(info));
    } else {
      in6_pktinfo info{};
      std::memcpy(&info.ipi6_addr, syn_->source.bytes.data(), 16);
      header->cmsg_level = IPPROTO_IPV6;
      header->cmsg_type = IPV6_PKTINFO;
      header->cmsg_len = CMSG_LEN(sizeof(info));
      std::memcpy(CMSG_DATA(header), &info, sizeof(info));
      message->msg_controllen = CMSG_SPACE(sizeof(info));
    }
  }

  void OnReadable() {
    const std::optional<TcpAnswer> answer = Poll();
    if (answer.has_value()) callback_(*answer);
  }

  // Reads what is there, bounded, and returns the first answer to the attempt under way.
  std::optional<TcpAnswer> Read(int fd) {
    std::optional<TcpAnswer> found;
    for (int i = 0; i < kMaxPacketsPerRead; ++i) {
      std::array<uint8_t, 512> buffer;
      sockaddr_storage from{};
      socklen_t from_length = sizeof(from);
      const ssize_t n = recvfrom(fd, buffer.data(), buffer.size(), 0,
                                 reinterpret_cast<sockaddr*>(&from), &from_length);
      if (n < 0) break;
      if (!syn_.has_value() || found.has_value()) continue;
      found = Parse(fd, {buffer.data(), static_cast<size_t>(n)}, FromSockaddr(from));
    }
    return found;
  }

  std::optional<TcpAnswer> Parse(int fd, std::span<const uint8_t> packet,
                                 const IpAddress& from) const {
    if (target_.family == AF_INET) {
      return fd == tcp_.get() ? ParseIpv4TcpAnswer(packet, *syn_)
                              : ParseIpv4IcmpError(packet, *syn_);
    }
    return fd == tcp_.get() ? ParseTcpAnswer(packet, from, *syn_)
                            : ParseIcmpv6Error(packet, from, *syn_);
  }

  Loop& loop_;
  const IpAddress target_;
  const uint16_t port_;
  const TcpAnswerCallback callback_;
  Fd tcp_;
  Fd icmp_;
  Fd reserved_;
  std::optional<SynSent> syn_;  // of the attempt under way
  std::unique_ptr<LoopSource> tcp_watch_;
  std::unique_ptr<LoopSource> icmp_watch_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<TcpProber>> MakeHalfOpenProber(Loop& loop, const IpAddress& target,
                                                              uint16_t port,
                                                              TcpAnswerCallback callback) {
  auto prober = std::make_unique<HalfOpenProber>(loop, target, port, std::move(callback));
  if (absl::Status opened = prober->Open(); !opened.ok()) return opened;
  return prober;
}

}  // namespace faultline::host
