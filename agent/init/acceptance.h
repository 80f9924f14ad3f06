// What the agent's own configuration code says of the parts of a plan, so that nothing is written
// that it would not take. PURE.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "agent/init/plan.h"

namespace faultline::init {

// Each empty when the agent takes it; else why not.
std::string FaultOfFact(const std::string& section, const std::string& key,
                        const std::string& value);
std::string FaultOfCheck(const PlannedCheck& check);

struct RoleBrings {
  std::set<std::string> ids;   // "kind:target"
  std::vector<Seen> unusable;  // of these, the ones that their kind does not take, and why
};

// The checks that a role of agent/config brings with the plan's facts; none for a role that there
// is not.
RoleBrings ChecksOfRole(const std::string& role, const Plan& plan);

}  // namespace faultline::init
