// Legacy iptables' tables in nftables' words, so that one reader serves both. PURE.
#pragma once

#include <string>
#include <string_view>

namespace faultline::checks {

// `saved` is what `iptables-legacy-save -c` or `ip6tables-legacy-save -c` printed. The result is
// read by ParseRuleset: tables marked "# legacy", each rule with its original line behind "# save
// ". A match without words in nftables becomes "xt match NAME". Lines that are none of
// iptables-save's are left out.
std::string LegacyAsRuleset(std::string_view saved, bool six);

}  // namespace faultline::checks
