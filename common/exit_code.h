// What the two services end with. deploy/systemd starts them again after kRuntimeFailure alone.
#pragma once

#include "absl/status/status.h"

namespace faultline {

inline constexpr int kRuntimeFailure = 1;
// Usage, configuration, files: starting again would say the same until a person has mended it.
inline constexpr int kBadUsage = 2;

// Of a start that failed. What may pass (a port or a store that another process holds, a full
// disk) is kRuntimeFailure; so is what is not known.
int StartExitCode(const absl::Status& status);

}  // namespace faultline
