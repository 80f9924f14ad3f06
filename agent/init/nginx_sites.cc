#include "agent/init/nginx_sites.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/host/endpoint.h"
#include "common/host_name.h"

namespace faultline::init {
namespace {

constexpr size_t kMaxSites = 256;
constexpr size_t kMaxOfSite = 64;

using Directives = std::vector<NginxDirective>;
using Upstreams = std::map<std::string, std::vector<Seen>>;

const NginxDirective* Find(const Directives& block, const std::string& name) {
  const auto found =
      std::find_if(block.begin(), block.end(), [&](const auto& each) { return each.name == name; });
  return found == block.end() || found->arguments.empty() ? nullptr : &*found;
}

// A log that is a file of a fixed name; access_log and error_log also take other things.
Seen LogFile(const Directives& block, const std::string& name, const Seen& inherited) {
  bool stands = false;
  for (const NginxDirective& each : block) {
    if (each.name != name || each.arguments.empty()) continue;
    stands = true;
    const std::string& path = each.arguments[0];
    const bool file = absl::StartsWith(path, "/") && !absl::StartsWith(path, "/dev/") &&
                      path.find('$') == std::string::npos;
    if (file) return {path, each.where()};
  }
  return stands ? Seen{} : inherited;
}

Seen Certificate(const Directives& block, const Seen& inherited, const std::string& directory) {
  const NginxDirective* found = Find(block, "ssl_certificate");
  if (found == nullptr) return inherited;
  const std::string& value = found->arguments[0];
  // Variables, "data:" and "engine:" name no file.
  if (value.empty() || value.find_first_of("$:") != std::string::npos) return {};
  return {value.front() == '/' ? value : absl::StrCat(directory, "/", value), found->where()};
}

bool ReadListen(const NginxDirective& directive, NginxListen* out) {
  std::string text = directive.arguments[0];
  if (absl::StartsWith(text, "unix:")) return false;
  out->where = directive.where();
  out->tls = std::any_of(directive.arguments.begin() + 1, directive.arguments.end(),
                         [](const std::string& each) { return each == "ssl" || each == "quic"; });
  int port = 0;
  if (absl::SimpleAtoi(text, &port)) {
    text.clear();
  } else if (const size_t colon = text.rfind(':');
             colon != std::string::npos && text.back() != ']' &&
             absl::SimpleAtoi(text.substr(colon + 1), &port)) {
    text.resize(colon);
  } else {
    port = 80;
  }
  if (port < 1 || port > 65535) return false;
  out->port = static_cast<uint16_t>(port);
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  const bool every = text.empty() || text == "*" || text == "0.0.0.0" || text == "::";
  out->address = every ? "" : text;
  return true;
}

// "http://127.0.0.1:8000/path" to "127.0.0.1:8000"; "http://unix:/run/x.sock:/path" to
// "unix:/run/x.sock". Empty for what only a request decides.
std::string UpstreamName(absl::string_view text) {
  for (const char* scheme : {"http://", "https://", "grpc://", "grpcs://"}) {
    if (absl::ConsumePrefix(&text, scheme)) break;
  }
  if (text.find('$') != absl::string_view::npos) return "";
  if (absl::StartsWith(text, "unix:")) return std::string(text.substr(0, text.find(':', 5)));
  return std::string(text.substr(0, text.find('/')));
}

void AddUpstreams(const NginxDirective& pass, const Upstreams& named, NginxSite* site) {
  const std::string name = UpstreamName(pass.arguments[0]);
  if (name.empty()) return;
  std::vector<Seen> found = {{name, pass.where()}};
  if (const auto block = named.find(name); block != named.end()) found = block->second;
  for (const Seen& each : found) {
    const bool repeats = std::any_of(site->upstreams.begin(), site->upstreams.end(),
                                     [&](const Seen& other) { return other.value == each.value; });
    if (!repeats && site->upstreams.size() < kMaxOfSite) site->upstreams.push_back(each);
  }
}

// Locations and ifs too.
void ReadPasses(const Directives& block, const Upstreams& named, NginxSite* site) {
  static const std::set<std::string>& passes = *new std::set<std::string>{
      "proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass"};
  for (const NginxDirective& each : block) {
    if (passes.contains(each.name) && !each.arguments.empty()) AddUpstreams(each, named, site);
    if (each.name == "return" && each.arguments.size() == 2 &&
        absl::StartsWith(each.arguments[0], "30") &&
        absl::StartsWith(each.arguments[1], "https://")) {
      site->redirects = true;
    }
    ReadPasses(each.block, named, site);
  }
}

NginxSite ReadSite(const NginxDirective& server, const NginxSite& inherited, const Upstreams& named,
                   const std::string& directory) {
  NginxSite site;
  site.where = server.where();
  const NginxDirective* ssl = Find(server.block, "ssl");
  for (const NginxDirective& each : server.block) {
    if (each.name == "server_name") {
      for (const std::string& name : each.arguments) {
        if (site.names.size() < kMaxOfSite) site.names.push_back({name, each.where()});
      }
    }
    NginxListen listen;
    if (each.name == "listen" && !each.arguments.empty() && site.listens.size() < kMaxOfSite &&
        ReadListen(each, &listen)) {
      listen.tls = listen.tls || (ssl != nullptr && ssl->arguments[0] == "on");
      site.listens.push_back(listen);
    }
  }
  if (Find(server.block, "listen") == nullptr) site.listens.push_back({.where = server.where()});
  site.certificate = Certificate(server.block, inherited.certificate, directory);
  site.access_log = LogFile(server.block, "access_log", inherited.access_log);
  site.error_log = LogFile(server.block, "error_log", inherited.error_log);
  ReadPasses(server.block, named, &site);
  return site;
}

Upstreams ReadUpstreams(const Directives& http) {
  Upstreams named;
  for (const NginxDirective& each : http) {
    if (each.name != "upstream" || each.arguments.empty()) continue;
    std::vector<Seen>& servers = named[each.arguments[0]];
    for (const NginxDirective& server : each.block) {
      if (server.name == "server" && !server.arguments.empty() && servers.size() < kMaxOfSite) {
        servers.push_back({server.arguments[0], server.where()});
      }
    }
  }
  return named;
}

}  // namespace

Seen NginxSite::Domain() const {
  for (const Seen& name : names) {
    if (IsHostName(name.value) && name.value.find('.') != std::string::npos &&
        name.value.front() != '.' && !host::ParseIpAddress(name.value).has_value()) {
      return name;
    }
  }
  return {};
}

const NginxListen* NginxSite::ListenOn(bool tls) const {
  const NginxListen* found = nullptr;
  for (const NginxListen& each : listens) {
    if (each.tls != tls) continue;
    if (each.port == (tls ? 443 : 80)) return &each;
    if (found == nullptr) found = &each;
  }
  return found;
}

std::vector<NginxSite> FindNginxSites(const Directives& directives, const std::string& directory) {
  // What Debian's nginx is built with.
  NginxSite defaults;
  defaults.access_log = {"/var/log/nginx/access.log", "nginx's default"};
  defaults.error_log = {"/var/log/nginx/error.log", "nginx's default"};
  defaults.error_log = LogFile(directives, "error_log", defaults.error_log);
  std::vector<NginxSite> sites;
  for (const NginxDirective& http : directives) {
    if (http.name != "http") continue;
    NginxSite inherited;
    inherited.access_log = LogFile(http.block, "access_log", defaults.access_log);
    inherited.error_log = LogFile(http.block, "error_log", defaults.error_log);
    inherited.certificate = Certificate(http.block, {}, directory);
    const Upstreams named = ReadUpstreams(http.block);
    for (const NginxDirective& server : http.block) {
      if (server.name != "server" || sites.size() == kMaxSites) continue;
      sites.push_back(ReadSite(server, inherited, named, directory));
    }
  }
  return sites;
}

}  // namespace faultline::init
