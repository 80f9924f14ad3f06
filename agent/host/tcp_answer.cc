#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include <cerrno>

#include "agent/host/tcp_prober.h"

namespace faultline::host {

std::optional<TcpAnswer> TcpAnswerFromErrno(int error) {
  const auto answer = [error](TcpAnswerKind kind) {
    TcpAnswer out;
    out.kind = kind;
    if (kind == TcpAnswerKind::kCannotProbe || kind == TcpAnswerKind::kBlockedHere) {
      out.error = error;
    }
    return out;
  };
  switch (error) {
    case ECONNREFUSED:
      return answer(TcpAnswerKind::kRefused);
    case ECONNRESET:
    case EPIPE:
      return answer(TcpAnswerKind::kReset);
    case EHOSTUNREACH:
    case EHOSTDOWN:
      return answer(TcpAnswerKind::kHostUnreachable);
    case ENETUNREACH:
    case ENETDOWN:
      return answer(TcpAnswerKind::kNetUnreachable);
    case EINVAL: {  // a blackhole route (RTN_BLACKHOLE in the kernel's table of route types)
      TcpAnswer out = answer(TcpAnswerKind::kNetUnreachable);
      out.error = error;
      return out;
    }
    case EACCES:
      return answer(TcpAnswerKind::kAdminProhibited);
    case EPERM:
      return answer(TcpAnswerKind::kBlockedHere);
    case 0:
    case EAGAIN:
    case EINTR:
    case EINPROGRESS:
    case ETIMEDOUT:
    case ENOBUFS:
      return std::nullopt;
    default:  // also EADDRNOTAVAIL: this host is out of ports, or has no address to send from
      return answer(TcpAnswerKind::kCannotProbe);
  }
}

std::optional<TcpAnswerKind> TcpAnswerFromIcmp(int family, int type, int code) {
  if (family == AF_INET6) {
    if (type == ICMP6_TIME_EXCEEDED) return TcpAnswerKind::kHostUnreachable;
    if (type != ICMP6_DST_UNREACH) return std::nullopt;
    switch (code) {
      case ICMP6_DST_UNREACH_NOROUTE:
      case ICMP6_DST_UNREACH_BEYONDSCOPE:
        return TcpAnswerKind::kNetUnreachable;
      case ICMP6_DST_UNREACH_ADMIN:
      case 5:  // source address failed a policy (RFC 4443)
      case 6:  // reject route
        return TcpAnswerKind::kAdminProhibited;
      case ICMP6_DST_UNREACH_ADDR:
        return TcpAnswerKind::kHostUnreachable;
      case ICMP6_DST_UNREACH_NOPORT:
        return TcpAnswerKind::kRefused;
      default:
        return std::nullopt;
    }
  }
  if (type == ICMP_TIME_EXCEEDED) return TcpAnswerKind::kHostUnreachable;  // a routing loop
  if (type != ICMP_DEST_UNREACH) return std::nullopt;
  switch (code) {
    case ICMP_NET_UNREACH:
    case ICMP_NET_UNKNOWN:
    case ICMP_NET_UNR_TOS:
      return TcpAnswerKind::kNetUnreachable;
    case ICMP_HOST_UNREACH:
    case ICMP_HOST_UNKNOWN:
    case ICMP_HOST_ISOLATED:
    case ICMP_HOST_UNR_TOS:
    case ICMP_SR_FAILED:
      return TcpAnswerKind::kHostUnreachable;
    case ICMP_PROT_UNREACH:
    case ICMP_PORT_UNREACH:
      return TcpAnswerKind::kRefused;
    case ICMP_NET_ANO:
    case ICMP_HOST_ANO:
    case ICMP_PKT_FILTERED:
      return TcpAnswerKind::kAdminProhibited;
    default:
      return std::nullopt;
  }
}

}  // namespace faultline::host
