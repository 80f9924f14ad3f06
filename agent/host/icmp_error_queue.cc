#include "agent/host/icmp_error_queue.h"

#include <sys/socket.h>
#include <time.h>

#include <linux/errqueue.h>  // after time.h: it uses timespec without including it

#include <algorithm>
#include <array>

namespace faultline::host {
namespace {

// Who sent the error: stands behind the extended error (SO_EE_OFFENDER of ip(7)).
IpAddress Offender(const cmsghdr& header, int family) {
  const size_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  if (header.cmsg_len < CMSG_LEN(sizeof(sock_extended_err) + size)) return {};
  sockaddr_storage from{};
  std::copy_n(CMSG_DATA(&header) + sizeof(sock_extended_err), size,
              reinterpret_cast<unsigned char*>(&from));
  return FromSockaddr(from);
}

}  // namespace

std::optional<QueuedEchoError> TakeEchoError(int fd, int family) {
  std::array<uint8_t, 256> data;
  alignas(cmsghdr) std::array<char, 512> control;
  sockaddr_storage name{};
  iovec buffer{data.data(), data.size()};
  msghdr message{};
  message.msg_name = &name;
  message.msg_namelen = sizeof(name);
  message.msg_iov = &buffer;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t n = recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
  if (n < 0) return std::nullopt;
  QueuedEchoError out;
  const std::optional<QuotedEcho> quoted =
      ParseQuotedEcho(family, {data.data(), static_cast<size_t>(n)});
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    const bool v4 = header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR;
    const bool v6 = header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR;
    if ((!v4 && !v6) || header->cmsg_len < CMSG_LEN(sizeof(sock_extended_err))) continue;
    sock_extended_err error;
    std::copy_n(CMSG_DATA(header), sizeof(error), reinterpret_cast<unsigned char*>(&error));
    if (error.ee_origin != SO_EE_ORIGIN_ICMP && error.ee_origin != SO_EE_ORIGIN_ICMP6) continue;
    if (!quoted.has_value()) continue;
    out.target = FromSockaddr(name);
    out.echo = *quoted;
    out.meaning = TcpAnswerFromIcmp(family, error.ee_type, error.ee_code);
    out.from = Offender(*header, family);
  }
  return out;
}

}  // namespace faultline::host
