// What is said when a host has more incidents than are told one by one. Pure.
#pragma once

#include <cstdint>

#include "collector/incidents/incident.h"

namespace faultline::notify {

// `host`: the key of store::HostKeyOf. `more`: how many incidents of it wait untold.
incidents::Notification OverflowBegins(const std::string& host, uint64_t more, WallTime now);

// `begun`: the message before. `untold`: how many were over before anybody was told of them.
incidents::Notification OverflowEnds(const incidents::Notification& begun, uint64_t untold,
                                     WallTime now);

}  // namespace faultline::notify
