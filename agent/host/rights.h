// Which rights this process has: capabilities and groups.
#pragma once

#include <string>

namespace faultline::host {

// Whether this thread may use a capability ("CAP_NET_RAW"; capabilities(7)), read by capget(2).
// False for names that are not in linux/capability.h.
bool HasCapability(const std::string& name);

// Whether this process is in a group ("systemd-journal"), by getgroups(2), or may read every file
// all the same (CAP_DAC_READ_SEARCH or CAP_DAC_OVERRIDE). False for a group that does not exist.
bool InGroup(const std::string& name);

}  // namespace faultline::host
