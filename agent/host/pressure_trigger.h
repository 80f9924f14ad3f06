// Tells at once when tasks wait for a resource, where the kernel allows: a trigger on a file of
// /proc/pressure (the kernel's Documentation/accounting/psi.rst).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/host/loop.h"

namespace faultline::host {

// Calls back on the loop's thread, at most once a `window`, when some task was stalled for `stall`
// of it. `path`: "/proc/pressure/memory". `window`: whole multiples of 2 s need no right since
// Linux 6.4; before, every trigger needs CAP_SYS_RESOURCE: PermissionDenied, and the caller polls.
// NotFound: a kernel without pressure information. Destroying it detaches.
absl::StatusOr<std::unique_ptr<LoopSource>> WatchPressure(Loop& loop, const std::string& path,
                                                          Span stall, Span window,
                                                          std::function<void()> callback);

}  // namespace faultline::host
