// From the configuration's `join` to an enroller.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/config/config.h"
#include "agent/link/enroller.h"
#include "common/clock.h"

namespace faultline::agent {

// Where and how this host joins, without token and store.
link::EnrollerOptions JoinOptions(const config::AgentConfig& config);

// Opens the identity in config.state_dir, which blocks on the disk. Errors name path and fix.
// `clock` must outlive it.
absl::StatusOr<std::unique_ptr<link::Enroller>> MakeEnroller(const config::AgentConfig& config,
                                                             const Clock& clock);

// For --check-config: how this host would join, or what it is already; or what is wrong with the
// token. Reads, and changes nothing.
absl::StatusOr<std::string> JoinPlan(const config::AgentConfig& config);

}  // namespace faultline::agent
