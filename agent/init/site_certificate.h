// The certificates of this host's sites: nginx's and certbot's.
#pragma once

#include <string>
#include <vector>

#include "agent/init/host_files.h"
#include "agent/init/nginx_sites.h"

namespace faultline::init {

struct SiteCertificate {
  std::string file;
  std::vector<std::string> names;  // that it covers, at most 8
  bool self_signed = false;
  std::string renewal;  // certbot's configuration of it, where that is there
  bool closed =
      false;  // its file or a directory on the way is closed to other users, as the agent's
  std::string problem;  // why it could not be read; then the rest is empty
  std::string where;

  // The first name that a browser can ask for, without "*"; empty: none.
  std::string Domain() const;
};

// Those that the sites name, then all of /etc/letsencrypt/live, each once; at most 64.
std::vector<SiteCertificate> FindCertificates(HostFiles& files,
                                              const std::vector<NginxSite>& sites);

const SiteCertificate* FindCertificate(const std::vector<SiteCertificate>& certificates,
                                       const std::string& file);

}  // namespace faultline::init
