#include "collector/http/host_guard.h"

#include <arpa/inet.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace faultline::http {
namespace {

// "name", "1.2.3.4" or "[::1]" of "HOST[:PORT]", in lower case and without a final dot; empty when
// it is not of that form.
std::string HostPart(std::string_view text) {
  size_t end = text.find(':');
  if (!text.empty() && text[0] == '[') {
    const size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return "";
    end = bracket + 1;
  }
  end = std::min(end, text.size());
  const std::string_view port = text.substr(end);
  if (!port.empty() && (port[0] != ':' || port.size() > 6 ||
                        port.find_first_not_of("0123456789", 1) != std::string_view::npos)) {
    return "";
  }
  std::string host(text.substr(0, end));
  absl::AsciiStrToLower(&host);
  if (!host.empty() && host.back() == '.') host.pop_back();
  return host;
}

bool IsLoopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

}  // namespace

bool HostAllowed(std::string_view header, const std::vector<std::string>& allowed) {
  const std::string host = HostPart(header);
  if (host.empty()) return false;
  return IsLoopback(host) || std::any_of(allowed.begin(), allowed.end(), [&](const auto& name) {
           return absl::EqualsIgnoreCase(name, host);
         });
}

std::string HostOfUrl(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return "";
  const std::string_view rest = url.substr(scheme + 3);
  return HostPart(rest.substr(0, rest.find_first_of("/?#")));
}

}  // namespace faultline::http
