// nginx on this host: what it would serve, as `nginx -T` says it, else as its files do.
#pragma once

#include <string>
#include <vector>

#include "agent/init/host_files.h"
#include "agent/init/nginx_sites.h"

namespace faultline::init {

struct NginxSeen {
  bool present = false;
  std::string source;  // "nginx -T", or "/etc/nginx/nginx.conf and what it includes"
  std::vector<NginxSite> sites;
  std::vector<std::string> problems;  // why -T was of no use, files that are wrong
};

// `dump_command` prints the configuration as `nginx -T` does (argv, the first an absolute path); it
// gets 10 s and 8 MiB. Empty: the files are read.
NginxSeen LookAtNginx(HostFiles& files, const std::vector<std::string>& dump_command);

// {"/usr/sbin/nginx", "-T"}; empty where there is no nginx.
std::vector<std::string> NginxDumpCommand();

}  // namespace faultline::init
