// What a rule does, and its matches that are no comparison of a field: limits, chance, xtables'
// extensions. PURE.
#pragma once

#include "agent/checks/firewall_match.h"

namespace faultline::checks {

// Reads a statement at `words[*at]`, moves `*at` behind it and adds what it means to `out`. False,
// and nothing moved, when none stands there.
bool ReadStatement(const FirewallWords& words, const FirewallPacket& packet, size_t* at,
                   RuleOutcome* out);

}  // namespace faultline::checks
