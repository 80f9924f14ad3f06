// Reads the packet filter of this network namespace as text, by the programs that print it.
//
// Why a program and not libnftables: with 5,000 rules the library (1.0.6) held 20 MB of anonymous
// memory in the agent. The program takes 10 ms for a small ruleset and its memory goes with it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/host/loop.h"

namespace faultline::host {

struct RulesetTexts {
  std::string nft;  // `nft -y -a list ruleset`: with handles and counters, priorities as numbers
  std::string legacy4;  // `iptables-legacy-save -c`; empty: no such tables
  std::string legacy6;
  Span took;
};

struct RulesetReading {
  bool has_nftables = false;  // ReadNftablesState().has_tables
  Span deadline;
  size_t max_bytes = 0;  // of each text
};

// Whether legacy tables have to be read: they change without an event.
bool HasLegacyTables();

// Calls back once, on the loop's thread, also when there is nothing to run. Errors say what to do:
// NotFound (a program is missing), PermissionDenied (CAP_NET_ADMIN), DeadlineExceeded,
// ResourceExhausted (the text is larger than `max_bytes`), else what the program said. Destroying
// the handle ends the reading.
std::unique_ptr<LoopSource> ReadRuleset(Loop& loop, const RulesetReading& reading,
                                        std::function<void(absl::StatusOr<RulesetTexts>)> callback);

}  // namespace faultline::host
