// One look at everything without a collector: `faultline-agent --once`.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "agent/config/config.h"
#include "common/clock.h"
#include "faultline/v1/agent_report.pb.h"

namespace faultline::agent {

// Starts the checks of `config`, which must have passed ValidateChecks, on a loop of its own and
// waits until each has reported, at most `wait`. A check that has not is UNKNOWN, NOT_REPORTED.
// Nothing is written: logs are read from their end, no position is kept. Texts are cleaned.
// `bus_address`: a bus instead of the system's, for tests.
absl::StatusOr<faultline::v1::OnceReport> LookOnce(const config::AgentConfig& config,
                                                   const Clock& clock, Span wait,
                                                   const std::string& bus_address = "");

// As --output table prints it: one line a check under titles, its evidence indented below, then
// counts, notes and missing rights.
std::string OnceTable(const faultline::v1::OnceReport& report, bool colour);

}  // namespace faultline::agent
