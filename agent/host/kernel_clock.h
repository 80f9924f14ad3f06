// What the kernel knows of its clock, and when somebody sets it.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "agent/host/loop.h"
#include "common/clock.h"

namespace faultline::host {

// Of adjtimex(2).
struct ClockFacts {
  bool synchronised = false;  // a time service says so, and the error has not grown past 16 s
  Span offset;                // still to be slewed away (chrony does that by itself and leaves 0)
  Span max_error;             // bound, grows by 0.5 ms a second without a time service
  Span estimated_error;
  Span up_for;  // since the boot, sleep included: while it is not synchronised, it is so no longer

  // Where the bound ends: at boot and after the clock was set, and without a time service for
  // hours.
  static constexpr Span kMaxError = Span::Seconds(16);
};

// PermissionDenied with the fix where a sandbox forbids it (ProtectClock=).
absl::StatusOr<ClockFacts> ReadKernelClock();

// CLOCK_REALTIME less CLOCK_BOOTTIME: moves only when the clock is set (or a leap second comes), by
// as much.
Span WallOffset();

// Calls back on the loop's thread whenever the wall clock was set, by timerfd_create(2)'s
// TFD_TIMER_CANCEL_ON_SET. Destroying it detaches.
absl::StatusOr<std::unique_ptr<LoopSource>> WatchClockSet(Loop& loop,
                                                          std::function<void()> callback);

}  // namespace faultline::host
