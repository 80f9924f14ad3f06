// Whether a program will be able to keep files somewhere, judged without changing anything.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace faultline {

// OK when `directory` is one that this user may write to, or could be made. InvalidArgument when
// something that is no directory stands there or on the way; PermissionDenied where this user may
// not write. The text names that place and the fix; the field that said so is the caller's to add.
absl::Status CheckPlace(const std::string& directory);

}  // namespace faultline
