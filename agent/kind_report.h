// The declarations of checks and roles as documents read them. Pure.
#pragma once

#include <optional>
#include <string>

#include "agent/checks/check.h"
#include "agent/config/config.h"
#include "faultline/v1/agent_report.pb.h"

namespace faultline::agent {

// `example`: a check of this kind, shown as a piece of agent.yaml; absent: none is shown.
faultline::v1::KindReport ReportKind(const checks::CheckKind& kind,
                                     const std::optional<config::CheckConfig>& example);

// The first check of this kind that a role brings, with the facts of an imaginary stack.
std::optional<config::CheckConfig> ExampleOf(const std::string& kind);

// All registered kinds, by name, with their examples.
faultline::v1::KindList ReportAllKinds();

}  // namespace faultline::agent
