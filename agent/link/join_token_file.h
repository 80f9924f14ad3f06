// The file that holds the join token.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "agent/link/join_proof.h"

namespace faultline::link {

// Its first line. Errors name file and fix, never what stands there. Blocks on the disk.
absl::StatusOr<JoinToken> ReadJoinToken(const std::string& path);

}  // namespace faultline::link
