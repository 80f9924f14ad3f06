#include "common/exit_code.h"

namespace faultline {

int StartExitCode(const absl::Status& status) {
  return absl::IsInvalidArgument(status) ? kBadUsage : kRuntimeFailure;
}

}  // namespace faultline
