// What to run on a host, by the kind of the check that leads. Pure.
#pragma once

#include <string>
#include <vector>

#include "collector/model/picture.h"
#include "collector/rules/alert.h"

namespace faultline::incidents {

// Lines for a shell on the host that is in trouble, every word from an agent quoted. `check`: what
// the picture says of it now, or null. `there`: the host that the check aims at, not the one that
// looked. Empty when nothing is known to help.
std::vector<std::string> CommandsFor(const rules::Alert& lead, const model::CheckPicture* check,
                                     bool there);

}  // namespace faultline::incidents
