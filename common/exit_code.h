// What the two services end with. deploy/systemd starts them again after kRuntimeFailure alone.
#pragma once

#include "absl/status/status.h"

namespace faultline {

inline constexpr int kRuntimeFailure = 1;
// Usage, configuration, a secret that others may read: starting again would say the same until a
// person has mended it.
inline constexpr int kBadUsage = 2;

// Of a start that failed: kBadUsage for InvalidArgument alone. What may pass is kRuntimeFailure: a
// port or a store that another process holds, a full disk, a volume that is not mounted yet, a
// clock that has not been set.
int StartExitCode(const absl::Status& status);

}  // namespace faultline
