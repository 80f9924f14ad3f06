// Where a host can be looked at from elsewhere. Pure.
#pragma once

#include <string>
#include <vector>

#include "collector/model/picture.h"

namespace faultline::pipeline {

struct ProbeAim {
  std::vector<std::string> addresses;  // at most 4; empty: there is nowhere to look
  std::vector<int> ports;              // at most 8
};

// Addresses that no other host of the stack has too (every host with Docker has 172.17.0.1), those
// first that others' checks aim at; and ports on which it listens, asks itself for pages or others
// look at it, and that of ssh, where there is room: a host that lives answers there, or refuses.
ProbeAim AimAt(const HostId& host, const model::Hosts& hosts);

}  // namespace faultline::pipeline
