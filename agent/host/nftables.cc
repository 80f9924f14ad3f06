#include "agent/host/nftables.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "agent/host/fd.h"

namespace faultline::host {
namespace {

constexpr uint16_t kNewGeneration = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWGEN;
constexpr int kMaxEventsPerTurn = 256;

Fd OpenNetfilter() {
  return Fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER));
}

// The kernel has no nftables, or no netfilter at all.
bool MeansAbsent(int error) {
  return error == EPROTONOSUPPORT || error == EAFNOSUPPORT || error == EINVAL || error == ENOENT ||
         error == EOPNOTSUPP;
}

// Sends one request; `answer` gets the first message. An errno of the kernel's, or 0.
int AskNftables(int fd, uint16_t type, uint16_t flags, std::span<uint8_t> answer, size_t* length) {
  struct {
    nlmsghdr header;
    nfgenmsg about;
  } request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = static_cast<uint16_t>((NFNL_SUBSYS_NFTABLES << 8) | type);
  request.header.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  request.about.nfgen_family = AF_UNSPEC;
  request.about.version = NFNETLINK_V0;
  if (send(fd, &request, sizeof(request), 0) < 0) return errno;
  ssize_t n = -1;
  do {
    n = recv(fd, answer.data(), answer.size(), MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return errno;
  *length = static_cast<size_t>(n);
  nlmsghdr header;
  if (*length < sizeof(header)) return EPROTO;
  std::memcpy(&header, answer.data(), sizeof(header));
  if (header.nlmsg_type != NLMSG_ERROR) return 0;
  nlmsgerr error;
  if (*length < sizeof(header) + sizeof(error)) return EPROTO;
  std::memcpy(&error, answer.data() + sizeof(header), sizeof(error));
  return -error.error;
}

// Only the end of a transaction: a large ruleset is thousands of messages, which stay in the
// kernel.
bool AttachGenerationFilter(int fd) {
  std::array<sock_filter, 4> program = {{
      {BPF_LD | BPF_H | BPF_ABS, 0, 0, offsetof(nlmsghdr, nlmsg_type)},
      // BPF loads in network order, netlink's header is in the host's.
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, htons(kNewGeneration)},
      {BPF_RET | BPF_K, 0, 0, 0xffff},
      {BPF_RET | BPF_K, 0, 0, 0},
  }};
  const sock_fprog filter{program.size(), program.data()};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0;
}

class GenerationWatch : public LoopSource {
 public:
  GenerationWatch(Fd fd, std::function<void(const RulesetGeneration&)> callback)
      : fd_(std::move(fd)), callback_(std::move(callback)) {}

  absl::Status Attach(Loop& loop) {
    auto source = loop.WatchFd(fd_.get(), EPOLLIN, [this](uint32_t) { OnReadable(); });
    if (!source.ok()) return source.status();
    source_ = *std::move(source);
    return absl::OkStatus();
  }

 private:
  void OnReadable() {
    std::optional<RulesetGeneration> last;
    std::array<uint8_t, 4096> buffer;
    for (int i = 0; i < kMaxEventsPerTurn; ++i) {
      const ssize_t n = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n < 0 && errno == ENOBUFS) {
        last = RulesetGeneration{};
      } else if (n < 0 && errno != EINTR) {
        break;
      } else if (n > 0) {
        if (auto seen = ParseGeneration({buffer.data(), static_cast<size_t>(n)})) {
          last = std::move(seen);
        }
      }
    }
    if (!last.has_value()) return;
    const auto callback = callback_;
    callback(*last);
  }

  Fd fd_;
  const std::function<void(const RulesetGeneration&)> callback_;
  std::unique_ptr<LoopSource> source_;
};

}  // namespace

absl::StatusOr<NftablesState> ReadNftablesState() {
  NftablesState state;
  const Fd fd = OpenNetfilter();
  if (!fd.valid()) {
    if (MeansAbsent(errno)) return state;
    return absl::ErrnoToStatus(errno, "cannot open a netfilter socket");
  }
  alignas(nlmsghdr) std::array<uint8_t, 32 * 1024> buffer;
  size_t length = 0;
  int error = AskNftables(fd.get(), NFT_MSG_GETGEN, 0, buffer, &length);
  if (MeansAbsent(error)) return state;
  if (error != 0) return absl::ErrnoToStatus(error, "the kernel does not tell about nftables");
  const auto generation = ParseGeneration({buffer.data(), length});
  if (!generation.has_value()) return absl::InternalError("nftables' generation is not understood");
  state.generation = generation->id;
  // A socket of its own for the list of tables, so that nothing of it is left behind.
  const Fd list = OpenNetfilter();
  error =
      list.valid() ? AskNftables(list.get(), NFT_MSG_GETTABLE, NLM_F_DUMP, buffer, &length) : errno;
  if (error != 0) return absl::ErrnoToStatus(error, "cannot list nftables' tables");
  nlmsghdr header;
  std::memcpy(&header, buffer.data(), sizeof(header));
  state.has_tables = header.nlmsg_type != NLMSG_DONE;
  return state;
}

absl::StatusOr<std::unique_ptr<LoopSource>> WatchNftables(
    Loop& loop, std::function<void(const RulesetGeneration&)> callback) {
  Fd fd = OpenNetfilter();
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "cannot open a netfilter socket");
  if (!AttachGenerationFilter(fd.get())) {
    return absl::ErrnoToStatus(errno, "cannot filter nftables' events");
  }
  // A socket without an address gets no events, and binding later leaves the group again
  // (measured).
  sockaddr_nl any{};
  any.nl_family = AF_NETLINK;
  const int group = NFNLGRP_NFTABLES;
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof(any)) != 0 ||
      setsockopt(fd.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) != 0) {
    return absl::ErrnoToStatus(errno, "cannot join nftables' events");
  }
  auto watch = std::make_unique<GenerationWatch>(std::move(fd), std::move(callback));
  if (absl::Status attached = watch->Attach(loop); !attached.ok()) return attached;
  return watch;
}

}  // namespace faultline::host
