// What a channel gets when somebody tries it. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "collector/incidents/incident.h"

namespace faultline::notify {

// `number`: how many tests there were since the start, this one included.
incidents::Notification TestMessage(const std::string& channel, uint32_t number, WallTime now);

}  // namespace faultline::notify
