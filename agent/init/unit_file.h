// Units as their files say them: systemd.unit(5), systemd.service(5). No bus is asked, so that init
// works on a host's disk alone.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/init/host_files.h"
#include "agent/init/seen.h"

namespace faultline::init {

struct UnitFile {
  std::string name;                         // canonical: "mariadb.service"
  std::string path;                         // its fragment
  std::string enabled;                      // the link that starts it at boot; empty: none
  bool running = false;                     // it has a cgroup
  bool oneshot = false;                     // Type=oneshot: it does its work and ends
  bool remains = false;                     // RemainAfterExit=: and counts as active after that
  std::string exec;                         // ExecStart, all of them
  std::vector<std::string> listen_streams;  // of a socket unit
  std::vector<Seen> log_files;              // StandardOutput= and StandardError= to files
  std::vector<std::pair<std::string, std::string>> environment;  // may hold secrets
  std::vector<std::string> environment_files;
  std::string working_directory;

  std::string where() const { return "systemd: " + path; }
};

// nullopt when there is no such unit. `name` may be an alias. Drop-ins of the administrator count.
std::optional<UnitFile> ReadUnit(HostFiles& files, const std::string& name);

// Services whose file an administrator made (in /etc/systemd/system, or linked there from outside
// of the packages' folders), and which are enabled or running; of templates the instances that are
// enabled.
std::vector<UnitFile> AdministratorUnits(HostFiles& files);

}  // namespace faultline::init
