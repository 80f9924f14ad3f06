// Which unit runs behind an upstream of the web server, and what its environment says.
#pragma once

#include <string>
#include <vector>

#include "agent/init/host_files.h"
#include "agent/init/listeners.h"
#include "agent/init/seen.h"
#include "agent/init/unit_file.h"

namespace faultline::init {

// By the listener's owner; else the unit whose command or socket unit names the address; else the
// unit that is called like the socket (php8.2-fpm.sock). Not known where nothing tells.
Seen FindApplicationUnit(HostFiles& files, const std::string& upstream,
                         const std::vector<UnitFile>& units,
                         const std::vector<Listener>& listeners);

// Where the unit's environment, the files that it names and the .env of its working directory say
// that its database is: "10.0.2.10:3306". Nothing else of them is kept.
Seen FindDatabaseAddress(HostFiles& files, const UnitFile& unit);

}  // namespace faultline::init
