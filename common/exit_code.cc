#include "common/exit_code.h"

namespace faultline {

int StartExitCode(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kFailedPrecondition:
      return kBadUsage;
    default:
      return kRuntimeFailure;
  }
}

}  // namespace faultline
