// Reads the list `checks` of agent.yaml.
#pragma once

#include <vector>

#include "agent/config/config.h"
#include "common/yaml/node.h"
#include "common/yaml/reader.h"

namespace faultline::config {

// `list` is what stands under "checks:". Notes what is wrong in `errors` and goes on; entries with
// errors are left out. What the wire cannot carry of an entry is for ValidateChecks to say.
std::vector<CheckConfig> ReadChecks(const yaml::Node& list, yaml::Errors& errors);

}  // namespace faultline::config
