// What cloud-init's word means for the host: PURE.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/checks/cloud_init.h"
#include "agent/checks/observation.h"
#include "common/clock.h"

namespace faultline::checks {

struct BootstrapFacts {
  // NotFound while there is no such file.
  absl::StatusOr<CloudInitStatus> status;
  absl::StatusOr<CloudInitStatus> result;
  bool installed = false;  // cloud-init is on this host
  bool disabled = false;   // and was told not to run
  // The end of /var/log/cloud-init-output.log, or why it cannot be read.
  std::vector<std::string> output;
  std::string no_output;
};

Observation JudgeBootstrap(const BootstrapFacts& facts, Span running_limit, WallTime now);

}  // namespace faultline::checks
