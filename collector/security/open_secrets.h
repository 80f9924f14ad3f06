// Files with secrets that the configuration names.
#pragma once

#include <string>
#include <vector>

#include "collector/config/config.h"

namespace faultline::security {

struct OpenSecret {
  std::string text;      // the field, the file, and the command that closes it
  bool refused = false;  // the collector does not start with it
};

// Those that others may read or change: the operator key, the authority's key, the key of `tls`,
// token files.
std::vector<OpenSecret> OpenSecrets(const config::CollectorConfig& config);

}  // namespace faultline::security
