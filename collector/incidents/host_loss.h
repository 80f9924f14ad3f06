// What is lost with a host that is gone, and how many hosts a collector that is cut off does not
// hear. Pure.
#pragma once

#include <string>
#include <vector>

#include "collector/model/picture.h"
#include "collector/rules/alert.h"

namespace faultline::incidents {

// Whether the alert says that a host is gone (not its agent alone).
bool IsHostGone(const rules::Alert& alert);

// The services that had a unit or a listener on `host` and are not well on any other host that is
// heard: {"site"}.
std::vector<std::string> ServicesGoneWith(const HostId& host, const model::Hosts& hosts);

// "3 hosts (app-1, app-2, db-1)": those of the stack that the collector lost together.
std::string CutOffInWords(const StackId& stack, const model::Hosts& hosts);

}  // namespace faultline::incidents
