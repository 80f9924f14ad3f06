// Timeline scenarios: a YAML file of observations and expectations, played against the engine with
// simulated time. tests/collector/pipeline/scenarios/README.md tells the format.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace faultline::pipeline {

// Plays the file. The error names the step and what was seen instead.
absl::Status PlayScenario(const std::string& file);

}  // namespace faultline::pipeline
