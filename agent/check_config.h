// `faultline-agent --check-config`: whether the service would start with this configuration, and
// what it would lack.
#pragma once

#include <iosfwd>

#include "agent/config/config.h"

namespace faultline::agent {

// `config` is what could be parsed. What keeps the agent from starting goes to `err`; notes, rights
// and warnings to `out`. For root, files count as the user of faultline-agent.service may read
// them, where that is installed. Returns the exit code.
int CheckConfig(const config::AgentConfig& config, std::ostream& out, std::ostream& err);

}  // namespace faultline::agent
