// Files with secrets that the configuration names.
#pragma once

#include <string>
#include <vector>

#include "agent/config/config.h"

namespace faultline::agent {

// One line for each that others may read or change, with the field, and the command that closes it:
// the identity, the join token, the key of `tls`, the password files of checks.
std::vector<std::string> OpenSecretFiles(const config::AgentConfig& config);

}  // namespace faultline::agent
