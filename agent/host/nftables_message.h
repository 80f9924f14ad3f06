// What the kernel says of nftables by netlink (linux/netfilter/nf_tables.h). PURE: bytes in, facts
// out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace faultline::host {

// The end of a transaction (NFT_MSG_NEWGEN): the ruleset is another one now.
struct RulesetGeneration {
  uint32_t id = 0;
  uint32_t pid = 0;     // of the process that changed it; 0 = not told
  std::string process;  // its name, at most 15 bytes, cleaned
};

// nullopt for any other message, and for one that is cut short.
std::optional<RulesetGeneration> ParseGeneration(std::span<const uint8_t> message);

}  // namespace faultline::host
