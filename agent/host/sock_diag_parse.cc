#include "agent/host/sock_diag_parse.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "absl/status/status.h"
#include "agent/host/netlink_bytes.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxListeners = 4096;

// Of a negative error number as netlink sends it; EIO for what is none.
int ErrnoOf(int32_t error) { return error < 0 && error > -4096 ? -error : EIO; }

void ParseAttributes(std::span<const uint8_t> bytes, ListeningSocket* socket) {
  while (const auto attribute = ReadNetlink<nlattr>(bytes)) {
    const size_t length = attribute->nla_len;
    if (length < sizeof(nlattr) || length > bytes.size()) return;
    const auto value = bytes.subspan(sizeof(nlattr), length - sizeof(nlattr));
    if (attribute->nla_type == INET_DIAG_SKV6ONLY) {
      socket->v6_only = ReadNetlink<uint8_t>(value).value_or(0) != 0;
    } else if (attribute->nla_type == INET_DIAG_CGROUP_ID) {
      socket->cgroup_id = ReadNetlink<uint64_t>(value).value_or(0);
    }
    bytes = bytes.subspan(std::min(NetlinkAligned(length), bytes.size()));
  }
}

std::optional<ListeningSocket> ParseSocket(std::span<const uint8_t> payload) {
  const auto message = ReadNetlink<inet_diag_msg>(payload);
  if (!message.has_value() || message->idiag_state != kTcpListen) return std::nullopt;
  ListeningSocket socket;
  if (message->idiag_family != AF_INET && message->idiag_family != AF_INET6) return std::nullopt;
  socket.address.family = message->idiag_family;
  std::memcpy(socket.address.bytes.data(), message->id.idiag_src, socket.address.size());
  socket.port = ntohs(message->id.idiag_sport);
  socket.uid = message->idiag_uid;
  socket.queue_length = message->idiag_rqueue;
  socket.queue_limit = message->idiag_wqueue;
  ParseAttributes(payload.subspan(std::min(NetlinkAligned(sizeof(inet_diag_msg)), payload.size())),
                  &socket);
  return socket;
}

}  // namespace

absl::StatusOr<bool> ParseListeners(std::span<const uint8_t> datagram, uint16_t port,
                                    std::vector<ListeningSocket>* out) {
  while (!datagram.empty()) {
    const auto header = ReadNetlink<nlmsghdr>(datagram);
    if (!header.has_value() || header->nlmsg_len < sizeof(nlmsghdr) ||
        header->nlmsg_len > datagram.size()) {
      return absl::DataLossError("sock_diag sent a malformed message");
    }
    const auto payload = datagram.subspan(sizeof(nlmsghdr), header->nlmsg_len - sizeof(nlmsghdr));
    if (header->nlmsg_type == NLMSG_DONE) {
      // A dump that failed ends so too: taken for an empty one it would be a false outage.
      const int error = ReadNetlink<int32_t>(payload).value_or(0);
      if (error >= 0) return true;
      return absl::ErrnoToStatus(ErrnoOf(error), "sock_diag cannot list listeners");
    }
    if (header->nlmsg_type == NLMSG_ERROR) {
      const int error = ReadNetlink<int32_t>(payload).value_or(-EIO);
      return absl::ErrnoToStatus(ErrnoOf(error), "sock_diag refused to list listeners");
    }
    if (header->nlmsg_type == SOCK_DIAG_BY_FAMILY) {
      const std::optional<ListeningSocket> socket = ParseSocket(payload);
      const bool wanted = socket.has_value() && (port == 0 || socket->port == port);
      if (wanted && out->size() < kMaxListeners) {
        out->push_back(*socket);
      }
    }
    datagram = datagram.subspan(std::min(NetlinkAligned(header->nlmsg_len), datagram.size()));
  }
  return false;
}

}  // namespace faultline::host
