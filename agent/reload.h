// What a reload cannot change. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

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

}  // namespace faultline::agent
