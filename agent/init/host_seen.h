// All that init saw of a host: plain values, so that what follows from them is a pure function.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/init/database_server.h"
#include "agent/init/host_files.h"
#include "agent/init/listeners.h"
#include "agent/init/seen.h"
#include "agent/init/site_answers.h"
#include "agent/init/site_certificate.h"
#include "agent/init/web_site.h"

namespace faultline::init {

inline constexpr char kNginxUnit[] = "nginx.service";
// Of the monitoring user; where the package's texts put it.
inline constexpr char kDatabasePasswordFile[] = "/etc/faultline/mysql.password";

// A service that somebody will miss: an administrator's own, or one of a known server.
struct ServiceSeen {
  Seen unit;
  bool running = false;
  bool passing = false;         // does its work and ends: no check of its state can be right
  std::vector<Seen> log_files;  // that it writes and that are there
};

struct HostSeen {
  bool nginx = false;
  std::string nginx_source;
  std::vector<WebSite> sites;  // the one that a role can watch first
  std::map<std::string, SiteAnswer> answers;
  std::vector<SiteCertificate> certificates;
  std::optional<DatabaseServer> database;
  Seen database_address;   // as the application has it
  Seen database_hint;      // what it has instead that was not taken for one, and why
  Seen database_password;  // the file of the monitoring user's, where it is there already
  Seen collector;          // the unit of a Faultline collector on this host
  std::vector<ServiceSeen> services;
  std::vector<Listener> listeners;
  std::vector<std::string> addresses;  // of this host, without loopback
  std::vector<std::string> unused;     // servers that are installed and that nobody would miss
  std::vector<std::string> unseen;     // what could not be looked at, and why
};

struct LookOptions {
  std::string root;                     // before every path; for tests
  std::vector<std::string> nginx_dump;  // NginxDumpCommand(); empty: nginx's files are read
  std::optional<std::vector<Listener>> listeners;  // instead of the kernel's; for tests
  bool ask_sites = true;
};

// Blocks: files, one program, and at most about 10 s for the sites' answers.
HostSeen LookAtHost(const LookOptions& options);

}  // namespace faultline::init
