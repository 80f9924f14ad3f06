// What a person would type next. Pure.
#pragma once

#include <string>
#include <vector>

#include "collector/model/picture.h"
#include "collector/rules/alert.h"

namespace faultline::incidents {

// Lines to paste: first how to get onto the host in question, then what to run there. Empty when
// nothing is known to help. Every part that came from an agent is quoted for the shell.
std::vector<std::string> NextCommands(const rules::Alert& lead, const model::Hosts& hosts);

// One word for a POSIX shell: as it is when that is safe, else in single quotes.
std::string ShellWord(const std::string& text);

}  // namespace faultline::incidents
