// The agent's one event loop: a thin owner of sd-event.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "common/clock.h"

struct sd_event;

namespace faultline::host {

// Handle of something attached to the loop. Destroying it detaches; afterwards its callback never
// runs again. Destroy it on the loop's thread, also from within its own callback.
class LoopSource {
 public:
  virtual ~LoopSource() = default;
};

// All methods but Post and Stop belong to the loop's thread (before Run: the creating thread).
// Callbacks must not block: what can only block goes to WorkerPool.
class Loop {
 public:
  static absl::StatusOr<std::unique_ptr<Loop>> Create();
  virtual ~Loop() = default;

  // Calls back with epoll's events (EPOLLIN, ...) whenever `fd` has one of `events`. Borrows `fd`.
  virtual absl::StatusOr<std::unique_ptr<LoopSource>> WatchFd(
      int fd, uint32_t events, std::function<void(uint32_t)> callback) = 0;

  // Calls back once, `delay` from now (CLOCK_BOOTTIME, accuracy 1 ms).
  virtual std::unique_ptr<LoopSource> After(Span delay, std::function<void()> callback) = 0;

  // Calls back every `interval`, first after `first`. Late ticks are skipped, not made up for.
  // Timers of 1 s and more may be up to 250 ms late so that the kernel can join wakeups.
  virtual std::unique_ptr<LoopSource> Every(Span first, Span interval,
                                            std::function<void()> callback) = 0;

  // Runs `work` on the loop's thread, soon. Thread-safe. Work posted after Stop may never run.
  virtual void Post(std::function<void()> work) = 0;

  // Runs until Stop. Stop is thread-safe and may be called from a callback.
  virtual absl::Status Run() = 0;
  virtual void Stop() = 0;

  // For libraries that attach by themselves (sd-bus, sd_event_set_watchdog).
  virtual sd_event* raw() = 0;
};

}  // namespace faultline::host
