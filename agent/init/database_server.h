// MySQL or MariaDB on this host: its unit, and what its option files and its sockets say.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/init/host_files.h"
#include "agent/init/listeners.h"
#include "agent/init/seen.h"

namespace faultline::init {

inline constexpr uint16_t kMySqlPort = 3306;

struct DatabaseServer {
  Seen unit;  // canonical: mariadb.service
  bool running = false;
  Seen socket;
  Seen port;  // as it listens, else as configured
  Seen datadir;
  Seen error_log;                   // a file that is configured and there
  bool networking = true;           // false: skip-networking
  std::vector<Listener> listeners;  // on `port`; empty while it does not run
};

// nullopt when no unit of such a server is there.
std::optional<DatabaseServer> FindDatabaseServer(HostFiles& files,
                                                 const std::vector<Listener>& listeners);

// The server's options of my.cnf and what it includes, the last one counts, as
// "bind_address" -> value and place. Sections of servers only.
std::map<std::string, Seen> ReadServerOptions(HostFiles& files, const std::string& main_file);

}  // namespace faultline::init
