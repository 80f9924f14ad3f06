#include "agent/host/kernel_clock.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "agent/host/fd.h"

namespace faultline::host {
namespace {

int64_t ReadClock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

class ClockSetWatch : public LoopSource {
 public:
  absl::Status Attach(Loop& loop, std::function<void()> callback) {
    fd_ = Fd(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC));
    if (!fd_.valid()) return absl::ErrnoToStatus(errno, "cannot watch the clock (timerfd)");
    if (absl::Status armed = Arm(); !armed.ok()) return armed;
    auto source =
        loop.WatchFd(fd_.get(), EPOLLIN, [this, callback = std::move(callback)](uint32_t) {
          uint64_t expirations = 0;
          const ssize_t n = read(fd_.get(), &expirations, sizeof(expirations));
          if (n < 0 && errno != ECANCELED) return;
          if (!Arm().ok()) source_.reset();
          const std::function<void()> call = callback;
          call();
        });
    if (!source.ok()) return source.status();
    source_ = *std::move(source);
    return absl::OkStatus();
  }

 private:
  // A moment that never comes: the timer is there only to be cancelled.
  absl::Status Arm() {
    itimerspec never{};
    never.it_value.tv_sec = std::numeric_limits<int32_t>::max();
    if (ReadClock(CLOCK_REALTIME) / 1'000'000'000 >= never.it_value.tv_sec) {
      never.it_value.tv_sec = std::numeric_limits<time_t>::max() / 1'000'000'000;
    }
    if (timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr) ==
        0) {
      return absl::OkStatus();
    }
    return absl::ErrnoToStatus(errno, "cannot watch the clock (timerfd)");
  }

  Fd fd_;
  std::unique_ptr<LoopSource> source_;
};

}  // namespace

absl::StatusOr<ClockFacts> ReadKernelClock() {
  timex clock{};  // modes 0: only reads
  const int state = adjtimex(&clock);
  if (state < 0) {
    if (errno != EPERM && errno != EACCES && errno != ENOSYS) {
      return absl::ErrnoToStatus(errno, "cannot read the kernel's clock (adjtimex)");
    }
    return absl::PermissionDeniedError(
        "may not read the kernel's clock (adjtimex); allow @clock in SystemCallFilter= of the "
        "agent's unit, and remove ProtectClock=yes");
  }
  ClockFacts facts;
  facts.synchronised = state != TIME_ERROR && (clock.status & STA_UNSYNC) == 0;
  facts.offset = Span{clock.offset * ((clock.status & STA_NANO) != 0 ? 1 : 1000)};
  facts.max_error = Span{clock.maxerror * 1000};
  facts.estimated_error = Span{clock.esterror * 1000};
  facts.up_for = Span{ReadClock(CLOCK_BOOTTIME)};
  return facts;
}

Span WallOffset() {
  // Between two readings of the other clock, so that a pause in between is no step.
  Span best;
  int64_t narrowest = std::numeric_limits<int64_t>::max();
  for (int i = 0; i < 3; ++i) {
    const int64_t before = ReadClock(CLOCK_BOOTTIME);
    const int64_t wall = ReadClock(CLOCK_REALTIME);
    const int64_t after = ReadClock(CLOCK_BOOTTIME);
    if (after - before >= narrowest) continue;
    narrowest = after - before;
    best = Span{wall - before - narrowest / 2};
  }
  return best;
}

absl::StatusOr<std::unique_ptr<LoopSource>> WatchClockSet(Loop& loop,
                                                          std::function<void()> callback) {
  auto watch = std::make_unique<ClockSetWatch>();
  if (absl::Status attached = watch->Attach(loop, std::move(callback)); !attached.ok()) {
    return attached;
  }
  return watch;
}

}  // namespace faultline::host
