#include "agent/host/resolver.h"

#include <ares.h>
#include <sys/epoll.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace faultline::host {
namespace {

constexpr int kTimeoutMs = 1000;  // of the first try; c-ares doubles it for the second
constexpr int kTries = 2;
constexpr size_t kMaxResolved = 16;

absl::Status DnsFailure(const std::string& name, int status) {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
      return absl::NotFoundError(absl::StrCat("the name ", name, " has no address in DNS"));
    case ARES_ETIMEOUT:
    case ARES_ECONNREFUSED:
      return absl::UnavailableError(
          absl::StrCat("no DNS server answers for ", name, "; look at /etc/resolv.conf"));
    default:
      return absl::UnavailableError(
          absl::StrCat("DNS cannot resolve ", name, ": ", ares_strerror(status)));
  }
}

Resolved Collect(const ares_addrinfo* info) {
  Resolved resolved;
  int ttl = INT32_MAX;
  for (const ares_addrinfo_node* node = info->nodes; node != nullptr; node = node->ai_next) {
    if (node->ai_family != AF_INET && node->ai_family != AF_INET6) continue;
    sockaddr_storage address{};
    std::copy_n(reinterpret_cast<const char*>(node->ai_addr),
                std::min<size_t>(node->ai_addrlen, sizeof(address)),
                reinterpret_cast<char*>(&address));
    if (resolved.addresses.size() < kMaxResolved) {
      resolved.addresses.push_back(FromSockaddr(address));
    }
    ttl = std::min(ttl, node->ai_ttl);
  }
  std::stable_sort(resolved.addresses.begin(), resolved.addresses.end(),
                   [](const IpAddress& a, const IpAddress& b) { return a.family < b.family; });
  resolved.ttl = Span::Seconds(resolved.addresses.empty() ? 0 : std::max(ttl, 0));
  return resolved;
}

class AresResolution : public Resolution {
 public:
  AresResolution(Loop& loop, std::string name, ResolveCallback callback)
      : loop_(loop), name_(std::move(name)), callback_(std::move(callback)) {}

  ~AresResolution() override {
    callback_ = nullptr;
    // Cancels what is under way: our callbacks run once more inside, and only note the result.
    if (channel_ != nullptr) ares_destroy(channel_);
    if (library_ready_) ares_library_cleanup();
  }

  void Start() {
    int status = ares_library_init(ARES_LIB_INIT_ALL);
    library_ready_ = status == ARES_SUCCESS;
    ares_options options{};
    options.timeout = kTimeoutMs;
    options.tries = kTries;
    options.sock_state_cb = &AresResolution::OnSocketState;
    options.sock_state_cb_data = this;
    if (status == ARES_SUCCESS) {
      status = ares_init_options(&channel_, &options,
                                 ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
    }
    if (status != ARES_SUCCESS) {
      Finish(DnsFailure(name_, status));
    } else {
      ares_addrinfo_hints hints{};
      hints.ai_family = AF_UNSPEC;
      hints.ai_flags = ARES_AI_NOSORT;
      ares_getaddrinfo(channel_, name_.c_str(), nullptr, &hints, &AresResolution::OnAnswer, this);
    }
    AfterAres();
  }

 private:
  static void OnAnswer(void* self, int status, int /*timeouts*/, ares_addrinfo* info) {
    auto* resolution = static_cast<AresResolution*>(self);
    if (status == ARES_SUCCESS && info != nullptr) {
      Resolved resolved = Collect(info);
      if (resolved.addresses.empty()) {
        resolution->Finish(DnsFailure(resolution->name_, ARES_ENODATA));
      } else {
        resolution->Finish(std::move(resolved));
      }
    } else {
      resolution->Finish(DnsFailure(resolution->name_, status));
    }
    if (info != nullptr) ares_freeaddrinfo(info);
  }

  static void OnSocketState(void* self, ares_socket_t fd, int readable, int writable) {
    static_cast<AresResolution*>(self)->Watch(fd, readable != 0, writable != 0);
  }

  void Watch(ares_socket_t fd, bool readable, bool writable) {
    watches_.erase(fd);
    const uint32_t events =
        (readable ? uint32_t{EPOLLIN} : 0) | (writable ? uint32_t{EPOLLOUT} : 0);
    if (events == 0) return;
    auto watch = loop_.WatchFd(fd, events, [this, fd](uint32_t ready) {
      const bool failed = (ready & (EPOLLERR | EPOLLHUP)) != 0;
      ares_process_fd(channel_, failed || (ready & EPOLLIN) != 0 ? fd : ARES_SOCKET_BAD,
                      failed || (ready & EPOLLOUT) != 0 ? fd : ARES_SOCKET_BAD);
      AfterAres();
    });
    if (watch.ok()) watches_[fd] = *std::move(watch);
  }

  // The callback may destroy us, which c-ares does not allow from within its own calls.
  void Finish(absl::StatusOr<Resolved> result) {
    if (!result_.has_value()) result_ = std::move(result);
  }

  void AfterAres() {
    if (result_.has_value()) {
      timer_ = loop_.After(Span{}, [this] {
        const ResolveCallback callback = std::move(callback_);
        const absl::StatusOr<Resolved> result = *std::move(result_);
        if (callback) callback(result);
      });
      return;
    }
    timeval wait{};
    timeval limit{.tv_sec = 5, .tv_usec = 0};
    const timeval* next = ares_timeout(channel_, &limit, &wait);
    const Span delay{int64_t{next->tv_sec} * 1'000'000'000 + int64_t{next->tv_usec} * 1000};
    timer_ = loop_.After(delay, [this] {
      ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      AfterAres();
    });
  }

  Loop& loop_;
  const std::string name_;
  ResolveCallback callback_;
  bool library_ready_ = false;
  ares_channel channel_ = nullptr;
  std::map<ares_socket_t, std::unique_ptr<LoopSource>> watches_;
  std::optional<absl::StatusOr<Resolved>> result_;
  std::unique_ptr<LoopSource> timer_;
};

}  // namespace

std::unique_ptr<Resolution> Resolve(Loop& loop, const std::string& name, ResolveCallback callback) {
  auto resolution = std::make_unique<AresResolution>(loop, name, std::move(callback));
  resolution->Start();
  return resolution;
}

}  // namespace faultline::host
