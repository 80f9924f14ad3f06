// What the agent tells systemd of itself (sd_notify(3)). Pure.
#pragma once

#include <string>

#include "agent/reporter.h"
#include "common/clock.h"

namespace faultline::agent {

// "STATUS=..." with the counts of the states, the worst check and the link:
// "1 CRITICAL (port:10.0.2.10:3306 REFUSED), 11 OK; connected to the collector".
std::string StatusNotice(const Reporter::Summary& summary, bool reload_refused);

}  // namespace faultline::agent
