// nftables of this network namespace, by netlink: has it changed, is there anything at all. The
// rules themselves are read by ruleset_reader.h. Needs CAP_NET_ADMIN.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "agent/host/loop.h"
#include "agent/host/nftables_message.h"

namespace faultline::host {

struct NftablesState {
  uint32_t generation = 0;  // another number = another ruleset
  bool has_tables = false;
};

// Answers at once and never waits. A kernel without nftables has no tables. PermissionDenied
// without CAP_NET_ADMIN.
absl::StatusOr<NftablesState> ReadNftablesState();

// Calls back on the loop's thread after each change; with an empty generation when events were lost
// (ENOBUFS): look then too. PermissionDenied without CAP_NET_ADMIN.
absl::StatusOr<std::unique_ptr<LoopSource>> WatchNftables(
    Loop& loop, std::function<void(const RulesetGeneration&)> callback);

}  // namespace faultline::host
