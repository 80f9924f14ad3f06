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

struct DatabaseSeen {
  Seen address;  // "10.0.2.10:3306"
  Seen hint;     // where there is none: database_client.h, DatabaseHintIn
};

// What the unit's environment, the files that it names and the .env of its working directory say of
// its database. Nothing else of them is kept.
DatabaseSeen FindDatabase(HostFiles& files, const UnitFile& unit);

}  // namespace faultline::init
