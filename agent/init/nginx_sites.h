// The sites that nginx serves, from its configuration: PURE.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/init/nginx_syntax.h"
#include "agent/init/seen.h"

namespace faultline::init {

struct NginxListen {
  std::string address;  // "" = every address; else as written, brackets removed
  uint16_t port = 80;
  bool tls = false;
  std::string where;
};

// One `server` block.
struct NginxSite {
  std::vector<Seen> names;           // as written; "_", wildcards and patterns among them
  std::vector<NginxListen> listens;  // without unix sockets
  Seen certificate;                  // ssl_certificate
  Seen access_log;                   // the first file; where it is switched off: not known
  Seen error_log;
  // What proxy_pass, fastcgi_pass, uwsgi_pass, scgi_pass and grpc_pass name, `upstream` blocks
  // resolved: "127.0.0.1:8000", "unix:/run/app.sock".
  std::vector<Seen> upstreams;
  bool redirects = false;  // sends requests to https://
  std::string where;

  // The first name that a client can ask for; nothing when there is none.
  Seen Domain() const;
  const NginxListen* ListenOn(bool tls) const;  // port 443 or 80 before others; nullptr: none
};

// At most 256 sites, 64 names, listens and upstreams each. A certificate's relative path counts
// from `directory`, that of the main file.
std::vector<NginxSite> FindNginxSites(const std::vector<NginxDirective>& directives,
                                      const std::string& directory = "/etc/nginx");

}  // namespace faultline::init
