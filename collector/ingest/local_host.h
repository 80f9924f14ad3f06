// Whether an agent runs on the collector's own machine.
#pragma once

#include <string>
#include <vector>

namespace faultline::ingest {

// True when there are addresses, and this machine's interfaces have all of them now. Some would not
// do: every host with Docker has 172.17.0.1.
bool IsThisHost(const std::vector<std::string>& addresses);

}  // namespace faultline::ingest
