// Tells when this host's addresses may have changed (rtnetlink).
#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "agent/host/loop.h"

namespace faultline::host {

// `changed` runs on the loop's thread after addresses or interfaces came, went or changed, once for
// what came together; HostAddresses (host_facts.h) says what there is now. It may destroy the
// watch. The error says why the kernel does not tell.
absl::StatusOr<std::unique_ptr<LoopSource>> WatchAddresses(Loop& loop,
                                                           std::function<void()> changed);

}  // namespace faultline::host
