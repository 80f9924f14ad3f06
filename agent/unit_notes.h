// Units that checks name and that this host does not have, by its files: most likely a typo. It may
// come to be later, so it is no error.
#pragma once

#include <string>
#include <vector>

#include "agent/config/config.h"
#include "agent/init/host_files.h"

namespace faultline::agent {

// One line for each, with its place in the configuration and the nearest name that there is. None
// where there is no systemd, and of mounts, which have no files.
std::vector<std::string> UnknownUnits(const config::AgentConfig& config, init::HostFiles& files);

}  // namespace faultline::agent
