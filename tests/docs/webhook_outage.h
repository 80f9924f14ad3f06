// One outage with all three messages, played through the collector's engine in simulated time: the
// examples of docs/webhook.md.
#pragma once

#include <vector>

#include "collector/incidents/incident.h"

namespace faultline::docs {

// The application cannot connect; then the database's own host says why; then all is well again.
std::vector<incidents::Notification> PlayOutage();

}  // namespace faultline::docs
