// Tokens that the configuration brings: files that whoever made hosts and collector together wrote.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/config/config.h"
#include "collector/security/joining.h"

namespace faultline::security {

// The token that such a file holds. Errors say what is wrong with it, and of it nothing.
absl::StatusOr<JoinToken> ReadTokenFile(const std::string& file);

// Imports each that is not known yet. What is wrong with one is logged and keeps nobody else out: a
// collector that watches hosts does not stay down for a file that somebody has tidied away. Returns
// how many are new.
int ImportTokenFiles(const std::vector<config::TokenSource>& sources, Joining& joining);

}  // namespace faultline::security
