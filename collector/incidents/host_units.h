// The systemd units behind a subject on one host, as that host's own checks name them: commands for
// people take units from here and are left out where no check names one. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collector/model/picture.h"

namespace faultline::incidents {

struct HostUnits {
  std::vector<std::string> web_servers;  // programs that are known as such: nginx, apache2, ...
  std::vector<std::string> others;       // applications, databases
};

// Of unit checks, listeners' owners and journals that speak of `subject`, as configured
// ("todo.service"), each unit once, the failing first.
HostUnits UnitsOf(const model::HostPicture& host, std::string_view subject);

// The web servers of the host, whatever they speak of.
std::vector<std::string> WebServersOf(const model::HostPicture& host);

// nginx, apache2, httpd, caddy, ... by the unit's name.
bool IsWebServer(std::string_view unit);

// MariaDB's own unit (its tools are called mariadb and mariadb-admin); else MySQL's.
bool IsMariaDb(std::string_view unit);

}  // namespace faultline::incidents
