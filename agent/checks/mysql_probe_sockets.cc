// The mysql probe's connections as the loop sees them: the kept login's, for a stop, and a hung
// server's, for its first sign of life.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <utility>

#include "agent/checks/mysql_probe.h"

namespace faultline::checks {
namespace {

constexpr int kSlowTicks = 4;  // of three quarters of the timeout: then the look is ended

}  // namespace

// The library closes a connection that timed out. Ours is a duplicate: it stays, and tells when the
// server comes to life. It is also the handle by which a look that drips on and on is ended.
void MySqlProbe::OnSlow() {
  ++slow_ticks_;
  if (login_under_way_ && !hung_socket_.source) {
    host::Fd found = host::DuplicateNewConnection(server_, known_);
    if (found.valid()) hung_socket_.fd = std::move(found);
  }
  if (slow_ticks_ < kSlowTicks) return;
  const host::Fd& fd = login_under_way_ ? hung_socket_.fd : kept_socket_.fd;
  if (fd.valid()) shutdown(fd.get(), SHUT_RDWR);
}

void MySqlProbe::WatchKept() {
  if (!kept_socket_.fd.valid() || kept_socket_.source != nullptr) return;
  auto source = context_.loop.WatchFd(kept_socket_.fd.get(), EPOLLRDHUP, [this](uint32_t) {
    kept_socket_.source.reset();
    if (under_way_) return;  // its own answer will tell
    RetireKept();
    LookWithNews();
  });
  if (source.ok()) kept_socket_.source = *std::move(source);
}

void MySqlProbe::HoldHung(host::Fd fd) {
  Drop(&hung_socket_);
  if (!fd.valid()) return;
  hung_socket_.fd = std::move(fd);
  auto source =
      context_.loop.WatchFd(hung_socket_.fd.get(), EPOLLIN | EPOLLRDHUP, [this](uint32_t) {
        Drop(&hung_socket_);
        LookWithNews();
      });
  if (source.ok()) hung_socket_.source = *std::move(source);
}

void MySqlProbe::Drop(Watched* watched) {
  watched->source.reset();
  watched->fd.Reset();
}

// A good-bye may block, so a worker says it.
void MySqlProbe::RetireKept() {
  Drop(&kept_socket_);
  if (kept_ == nullptr) return;
  std::shared_ptr<host::MySqlSession> leaving = std::move(kept_);
  kept_.reset();
  context_.workers.Submit([leaving = std::move(leaving)]() mutable { leaving.reset(); });
}

// A held connection tells of the recovery; without one only another login can.
MySqlPace MySqlProbe::HungPace() const {
  return hung_socket_.source != nullptr ? MySqlPace::kSteady : MySqlPace::kSoon;
}

}  // namespace faultline::checks
