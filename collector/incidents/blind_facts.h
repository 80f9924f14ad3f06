// The facts behind a host's checks that cannot look. Pure.
#pragma once

#include <vector>

#include "collector/incidents/message_facts.h"

namespace faultline::incidents {

// Why `lead` cannot look, and what else of its host cannot: the first few, then how many more.
std::vector<GatheredFact> BlindFacts(const rules::Alert& lead, const model::Hosts& hosts);

}  // namespace faultline::incidents
