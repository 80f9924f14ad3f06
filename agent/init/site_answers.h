// What the host's sites answer right now: plain GETs, all at once, each with 5 s.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/init/web_site.h"

namespace faultline::init {

struct SiteAnswer {
  int status = 0;        // 0: none came, `failure` says why
  std::string location;  // of a redirect, as sent
  std::string failure;
  bool says_ok = false;      // the body has "status": "ok"
  bool self_signed = false;  // the served certificate is its own authority
  bool untrusted = false;    // or is not trusted here for another reason than its dates

  // "answers 200", "answers 302 to /login", "does not answer: ..."
  std::string Words() const;
};

// By URL. Of each site with a domain "/" over TLS and plain, the page that "/" redirects to (once,
// on the same host), and /db-check of the first. At most 16 sites. Blocks at most about 10 s.
std::map<std::string, SiteAnswer> AskSites(const std::vector<WebSite>& sites);

// "https://app.example/path", with the port where it is not the usual one. PURE.
std::string SiteUrl(const WebSite& site, bool tls, const std::string& path);

// The path on the same host that a redirect leads to; empty for elsewhere. PURE.
std::string RedirectedPath(const WebSite& site, const SiteAnswer& answer);

}  // namespace faultline::init
