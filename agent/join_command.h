// `faultline-agent join`: joins once, for a person or a script that waits for it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "agent/config/config.h"
#include "common/clock.h"

namespace faultline::agent {

struct JoinFlags {
  std::string collector;   // HOST or HOST:PORT of its enrolment
  std::string token_file;  // these replace what the configuration says
  std::string host;
  std::string role;
  std::string state_dir;
  bool again = false;  // although this host has an identity that holds
};

// `file` is the configuration, or why there is none; then collector and token_file must be given.
// InvalidArgument names the flag.
absl::StatusOr<config::AgentConfig> JoinConfigFor(const JoinFlags& flags,
                                                  const absl::StatusOr<config::AgentConfig>& file,
                                                  const std::string& hostname = "");

// Asks once, and says on standard output what was learnt. As root it goes on as the owner of the
// state directory, for good, once it has read the token: what it writes belongs to the agent.
// OK, InvalidArgument (the token or its file), Unavailable (not reached, or the disk takes nothing:
// may be tried again), else what the collector refused.
absl::Status JoinOnce(const config::AgentConfig& config, bool again, const Clock& clock);

// 0 joined; 1 may be tried again; 2 wrong usage, configuration or token file; 3 refused.
int JoinExitCode(const absl::Status& status);

}  // namespace faultline::agent
