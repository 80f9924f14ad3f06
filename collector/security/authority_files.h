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

// A clock that shows a time before this program was written is wrong, and what is made by it would
// be, too.
absl::Status CheckClock(WallTime now);

// See Authority::Open.
absl::StatusOr<AuthorityFiles> ReadAuthorityFiles(const std::string& directory);

// See Authority::OpenOrMake. One process at a time makes them; a second one reads what the first
// has made.
absl::StatusOr<AuthorityFiles> ReadOrMakeAuthorityFiles(const std::string& directory, WallTime now);

}  // namespace faultline::security
