// The secret that the collector asks for before it changes something.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace faultline::cli {

// Reads it from `file`. PERMISSION_DENIED says who may read it, FAILED_PRECONDITION where to look,
// or how to close a file that others may read.
absl::StatusOr<std::string> ReadOperatorKey(const std::string& file);

// OK when the key may be sent to `collector` ("http://127.0.0.1:7480"): over TLS, or within this
// machine. INVALID_ARGUMENT says how to come by safely.
absl::Status CheckKeyMayTravel(const std::string& collector);

}  // namespace faultline::cli
