// The sites of a host as a client meets them: nginx's server blocks of one name put together. PURE.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/init/nginx_sites.h"
#include "agent/init/seen.h"
#include "agent/init/site_certificate.h"

namespace faultline::init {

struct WebSite {
  Seen domain;  // of server_name, else of the certificate; empty: nobody says it
  std::optional<NginxListen> tls;
  std::optional<NginxListen> plain;  // the block that answers this name without TLS
  bool redirects = false;            // it sends the plain one to https://
  Seen certificate;
  std::vector<Seen> upstreams;
  Seen access_log;
  Seen error_log;
  Seen application;  // the unit behind a local upstream; filled in by the look at the units
  std::string where;

  // An upstream on this host: a unix socket or loopback.
  bool HasLocalApplication() const;
  // Where it is asked from this host: "127.0.0.1" unless it listens on one address only.
  std::string Address(bool over_tls) const;
};

bool IsLocalUpstream(const std::string& upstream);

// Those with an application first, of these the ones with TLS. Blocks without a name, certificate
// and application (Debian's default site, a redirect for all names) are no sites of their own.
std::vector<WebSite> JoinSites(const std::vector<NginxSite>& blocks,
                               const std::vector<SiteCertificate>& certificates);

}  // namespace faultline::init
