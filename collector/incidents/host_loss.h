// What is lost with a host that is gone, and how many hosts a collector that is cut off does not
// hear. Pure.
#pragma once

#include <string>
#include <vector>

#include "collector/incidents/incident.h"
#include "collector/model/picture.h"
#include "collector/rules/alert.h"

namespace faultline::incidents {

// Whether the alert says that a host is gone (not its agent alone): it is not heard and does not
// answer, or said goodbye and has not come back.
bool IsHostGone(const rules::Alert& alert);

// Whether it says that a host is one of those from which the collector is cut off.
bool IsCollectorCutOff(const rules::Alert& alert);

// Whether it said so (IsHostGone) at any time of its incident, also where its host has answered
// since.
bool WasHostGone(const Incident& incident, const rules::Alert& alert);

// "shop1 was powered off", by the goodbye of its agent.
std::string StoppedInWords(const rules::Alert& alert);

// The services that had a unit or a listener on `host` and are not well on any other host that is
// heard: {"site"}.
std::vector<std::string> ServicesGoneWith(const HostId& host, const model::Hosts& hosts);

// "3 hosts (app-1, app-2, db-1)": those of the stack that the collector lost together.
std::string CutOffInWords(const StackId& stack, const model::Hosts& hosts);

}  // namespace faultline::incidents
