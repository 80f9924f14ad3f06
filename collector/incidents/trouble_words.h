// What is wrong with a service, by what a check says of it. Pure.
#pragma once

#include <string>

#include "collector/rules/alert.h"

namespace faultline::incidents {

// What is wrong with a service, as its user feels it: "down", "unreachable", "hung",
// "in trouble (...)".
std::string ServiceTrouble(const rules::Alert& lead);

// The same of a certificate: "expired", "does not cover its name".
std::string CertificateTrouble(const std::string& reason);

}  // namespace faultline::incidents
