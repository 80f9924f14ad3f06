// What nft and iptables-save print: rules' comments and names are anybody's who may write rules.
// fuzz-sources: agent/checks/firewall_ruleset.cc agent/checks/firewall_legacy.cc common/text.cc
#include "agent/checks/firewall_legacy.h"
#include "agent/checks/firewall_ruleset.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  const std::string text(fuzz::AsText(data, size));
  checks::FirewallRuleset ruleset;
  checks::ParseRuleset(text, &ruleset).IgnoreError();
  for (const bool six : {false, true}) {
    checks::FirewallRuleset legacy;
    checks::ParseRuleset(checks::LegacyAsRuleset(text, six), &legacy).IgnoreError();
  }
  return 0;
}
