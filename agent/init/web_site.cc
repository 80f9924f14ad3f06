#include "agent/init/web_site.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/host/endpoint.h"
#include "agent/init/database_client.h"

namespace faultline::init {
namespace {

Seen DomainOf(const NginxSite& block, const std::vector<SiteCertificate>& certificates) {
  if (const Seen named = block.Domain(); named.known()) return named;
  const SiteCertificate* certificate = FindCertificate(certificates, block.certificate.value);
  if (certificate == nullptr || block.ListenOn(true) == nullptr) return {};
  return {certificate->Domain(),
          absl::StrCat("first name in ", certificate->file, ", ", block.certificate.where)};
}

void Merge(const NginxSite& block, WebSite* site) {
  const NginxListen* tls = block.ListenOn(true);
  const NginxListen* plain = block.ListenOn(false);
  if (tls != nullptr && !site->tls.has_value()) site->tls = *tls;
  if (plain != nullptr && !site->plain.has_value()) {
    site->plain = *plain;
    site->redirects = block.redirects;
  }
  // The block that serves the site is the one with TLS; another's logs say less.
  if (tls != nullptr || !site->access_log.known()) {
    if (block.access_log.known()) site->access_log = block.access_log;
    if (block.error_log.known()) site->error_log = block.error_log;
  }
  if (tls != nullptr && !site->certificate.known()) site->certificate = block.certificate;
  // Where a person would look: not at the block that only redirects.
  if (!block.upstreams.empty() && site->upstreams.empty()) site->where = block.where;
  for (const Seen& upstream : block.upstreams) site->upstreams.push_back(upstream);
}

// nginx answers a name that no block has with the first block of the port (or default_server,
// which is told apart only where several listen): good enough for whether port 80 redirects.
const NginxSite* PlainForAll(const std::vector<NginxSite>& blocks) {
  const auto found = std::find_if(blocks.begin(), blocks.end(), [](const NginxSite& block) {
    const NginxListen* plain = block.ListenOn(false);
    return plain != nullptr && !block.Domain().known();
  });
  return found == blocks.end() ? nullptr : &*found;
}

int Rank(const WebSite& site) {
  return (site.HasLocalApplication() ? 4 : 0) + (site.tls.has_value() ? 2 : 0) +
         (site.domain.known() ? 1 : 0);
}

}  // namespace

bool IsLocalUpstream(const std::string& upstream) {
  if (absl::StartsWith(upstream, "unix:")) return true;
  const bool has_port = upstream.find(':') != std::string::npos && upstream.back() != ']';
  return IsLoopbackAddress(has_port ? upstream : absl::StrCat(upstream, ":80"));
}

bool WebSite::HasLocalApplication() const {
  return std::any_of(upstreams.begin(), upstreams.end(),
                     [](const Seen& each) { return IsLocalUpstream(each.value); });
}

std::string WebSite::Address(bool over_tls) const {
  const std::optional<NginxListen>& listen = over_tls ? tls : plain;
  const bool one = listen.has_value() && host::ParseIpAddress(listen->address).has_value();
  return one ? listen->address : "127.0.0.1";
}

std::vector<WebSite> JoinSites(const std::vector<NginxSite>& blocks,
                               const std::vector<SiteCertificate>& certificates) {
  std::vector<WebSite> sites;
  for (const NginxSite& block : blocks) {
    const Seen domain = DomainOf(block, certificates);
    if (!domain.known() && block.upstreams.empty()) continue;
    auto site = std::find_if(sites.begin(), sites.end(), [&](const WebSite& each) {
      return domain.known() && each.domain.value == domain.value;
    });
    if (site == sites.end()) {
      sites.emplace_back();
      site = std::prev(sites.end());
      site->domain = domain;
      site->where = block.where;
    }
    Merge(block, &*site);
  }
  if (const NginxSite* all = PlainForAll(blocks); all != nullptr) {
    for (WebSite& site : sites) {
      if (site.plain.has_value()) continue;
      site.plain = *all->ListenOn(false);
      site.redirects = all->redirects;
    }
  }
  std::stable_sort(sites.begin(), sites.end(),
                   [](const WebSite& a, const WebSite& b) { return Rank(a) > Rank(b); });
  return sites;
}

}  // namespace faultline::init
