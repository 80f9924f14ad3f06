// Where the authority's certificate and key lie.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"

namespace faultline::security {

struct AuthorityFiles {
  std::string certificate;  // PEM
  std::string key;          // PEM; a secret
  bool is_new = false;
};

// See Authority::OpenOrMake.
absl::StatusOr<AuthorityFiles> ReadOrMakeAuthorityFiles(const std::string& directory, WallTime now);

}  // namespace faultline::security
