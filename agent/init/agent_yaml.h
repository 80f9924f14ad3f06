// A plan as the text of agent.yaml. PURE. Whatever the values are, the text is YAML that says them.
#pragma once

#include <string>

#include "agent/init/plan.h"

namespace faultline::init {

std::string AgentYaml(const Plan& plan, const std::string& heading);

// The value as YAML has it: plain where that is safe everywhere, else in double quotes. Control
// characters become blanks.
std::string YamlScalar(const std::string& value);

}  // namespace faultline::init
