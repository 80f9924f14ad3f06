// What a person would type next. Pure.
#pragma once

#include <string>
#include <vector>

#include "collector/model/picture.h"
#include "collector/rules/alert.h"

namespace faultline::incidents {

// Lines to paste, never none: first how to get onto the host in question, then what to run there.
// Where it is not known to be alive, first what helps when it is not. Every part that came from an
// agent is quoted for the shell.
std::vector<std::string> NextCommands(const rules::Alert& lead, const model::Hosts& hosts);

}  // namespace faultline::incidents
