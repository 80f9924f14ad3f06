// Files that the configuration names, as the service's user meets them: root reads everything, so
// what root is told of them says nothing of the service.
#pragma once

#include <string>
#include <vector>

#include "agent/config/config.h"
#include "common/service_account.h"

namespace faultline::agent {

// One line for each that `account` may not read, with the field, and the command that mends it.
struct ClosedFiles {
  std::vector<std::string> needed;    // the agent does not start without
  std::vector<std::string> by_check;  // a check is UNKNOWN without
};

// Only root may ask.
ClosedFiles FilesClosedTo(const ServiceAccount& account, const config::AgentConfig& config);

}  // namespace faultline::agent
