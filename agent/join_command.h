// `faultline-agent join`: joins once, for a person or a script that waits for it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "agent/config/config.h"
#include "agent/link/join_state.h"
#include "common/clock.h"

namespace faultline::agent {

struct JoinFlags {
  std::string collector;   // HOST or HOST:PORT of its enrolment
  std::string token_file;  // these replace what the configuration says
  std::string host;
  std::string role;  // one, or several with commas
  std::string state_dir;
  bool again = false;  // although this host has an identity that holds
};

// `file` is the configuration, or why there is none: NotFound is good enough where collector and
// token_file are given. InvalidArgument names the flag.
absl::StatusOr<config::AgentConfig> JoinConfigFor(const JoinFlags& flags,
                                                  const absl::StatusOr<config::AgentConfig>& file,
                                                  const std::string& hostname = "");

struct JoinOutcome {
  absl::Status status;
  int exit_code;  // JoinExitCode's, or 2 for `again` beside an agent that runs
};

// Asks once, and says on standard output what was learnt. As root it goes on as the owner of the
// state directory, for good, once it has read the token: what it writes belongs to the agent. A
// host that has joined is only looked at unless `again`, also beside an agent that runs.
JoinOutcome JoinOnce(const config::AgentConfig& config, bool again, const Clock& clock);

// 0 joined; 1 may be tried again; 2 wrong usage, configuration or token file; 3 refused. Whatever
// the collector says of an argument is a refusal.
int JoinExitCode(link::JoinStep step, const absl::Status& status);

}  // namespace faultline::agent
