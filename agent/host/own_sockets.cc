#include "agent/host/own_sockets.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "absl/strings/numbers.h"
#include "agent/host/endpoint.h"

namespace faultline::host {
namespace {

PeerName PeerOf(int fd) {
  sockaddr_storage peer{};
  socklen_t length = sizeof(peer);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) != 0) return "";
  if (peer.ss_family == AF_UNIX) {
    const auto& path = reinterpret_cast<const sockaddr_un&>(peer);
    if (length <= offsetof(sockaddr_un, sun_path)) return "";
    const size_t size = length - offsetof(sockaddr_un, sun_path);
    const char* end = std::find(path.sun_path, path.sun_path + size, '\0');
    return std::string(path.sun_path, end);
  }
  const IpAddress address = FromSockaddr(peer);
  if (address.family == AF_UNSPEC) return "";
  const in_port_t port = address.family == AF_INET
                             ? reinterpret_cast<const sockaddr_in&>(peer).sin_port
                             : reinterpret_cast<const sockaddr_in6&>(peer).sin6_port;
  return FormatEndpoint(Unmapped(address), ntohs(port));
}

// Duplicated before it is looked at a second time: another thread may close a descriptor and open
// another under its number at any moment.
std::vector<Fd> Connections(const PeerName& peer) {
  std::vector<Fd> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc/self/fd"), &closedir);
  if (directory == nullptr) return found;
  while (const dirent* entry = readdir(directory.get())) {
    int fd = -1;
    if (!absl::SimpleAtoi(entry->d_name, &fd) || PeerOf(fd) != peer) continue;
    Fd duplicate(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (duplicate.valid() && PeerOf(duplicate.get()) == peer) found.push_back(std::move(duplicate));
  }
  return found;
}

}  // namespace

std::optional<bool> IsAllAcknowledged(int fd) {
  tcp_info info{};
  socklen_t length = sizeof(info);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return std::nullopt;
  return info.tcpi_unacked == 0 && info.tcpi_notsent_bytes == 0;
}

uint64_t SocketCookie(int fd) {
  uint64_t cookie = 0;
  socklen_t length = sizeof(cookie);
  if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) != 0) return 0;
  return cookie;
}

std::set<uint64_t> ConnectionsTo(const PeerName& peer) {
  std::set<uint64_t> cookies;
  for (const Fd& fd : Connections(peer)) cookies.insert(SocketCookie(fd.get()));
  return cookies;
}

Fd DuplicateNewConnection(const PeerName& peer, const std::set<uint64_t>& known) {
  Fd chosen;
  uint64_t cookie = 0;
  for (Fd& fd : Connections(peer)) {
    const uint64_t its = SocketCookie(fd.get());
    if (known.count(its) != 0 || its == cookie) continue;
    if (chosen.valid()) return Fd();
    cookie = its;
    chosen = std::move(fd);
  }
  return chosen;
}

}  // namespace faultline::host
