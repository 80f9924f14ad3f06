// Observations as they travel: checks' plain structs to protobuf. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/checks/observation.h"
#include "agent/config/config.h"
#include "common/check_id.h"
#include "faultline/v1/agent_link.pb.h"

namespace faultline::agent {

// With every bound of common/wire_limits.h kept. `number` 0 in records.
faultline::v1::Observation ToWire(const checks::Observation& observation, uint32_t number);

// What a check is configured to see, for CheckDeclaration.expected.
void ExpectedToWire(const config::CheckConfig& check, faultline::v1::CheckDeclaration* declaration);

faultline::v1::AbsentChecks ToWire(const std::vector<config::AbsentCheck>& absent);

faultline::v1::Record TransitionRecord(const CheckId& id, const checks::Observation& observation,
                                       const std::string& boot_id);

faultline::v1::Record LogEventRecord(const CheckId& id, const checks::LogEventSeen& event,
                                     uint64_t boottime_ns);

}  // namespace faultline::agent
