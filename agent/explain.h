// What `faultline-agent explain` prints. Pure.
#pragma once

#include <string>

#include "agent/config/roles.h"
#include "faultline/v1/agent_report.pb.h"

namespace faultline::agent {

// One kind, for a terminal of 80 columns.
std::string ExplainKind(const faultline::v1::KindReport& kind);

// A role and what it brings, with facts as {names}.
std::string ExplainRole(const config::Role& role);

// The list of kinds, one line each, and of roles.
std::string ExplainAll(const faultline::v1::KindList& kinds);

// docs/checks.md.
std::string ExplainMarkdown(const faultline::v1::KindList& kinds);

}  // namespace faultline::agent
