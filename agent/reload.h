// What a reload cannot change, and how a refused one reads in the log. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "agent/config/config.h"
#include "common/identity.h"

namespace faultline::agent {

// One line a setting that differs and is taken over by a restart only: the collector's address and
// name, the paths of the certificates (the files themselves are read at each connection), how it
// joins, the state directory; or only by joining anew: host and role, where the certificate of a
// host that has `joined` says others.
std::vector<std::string> NeedsRestart(const config::AgentConfig& running,
                                      const config::AgentConfig& loaded,
                                      const std::optional<HostIdentity>& joined);

// The log's lines about a configuration that was not taken over, its errors one a line.
std::vector<std::string> RefusalLines(const absl::Status& status);

}  // namespace faultline::agent
