#include "collector/config/addresses.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/host_name.h"

namespace faultline::config {
namespace {

constexpr size_t kMaxUrl = 2048;

// "user:password@host:port" of a URL.
std::string AuthorityPart(const std::string& url) {
  const size_t begin = url.find("://") + 3;
  return url.substr(begin, url.find_first_of("/?#", begin) - begin);
}

bool IsAnyAddress(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

}  // namespace

std::optional<HostPort> SplitHostPort(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  HostPort parts;
  parts.host = text.substr(0, colon);
  const std::string port = text.substr(colon + 1);
  const bool is_number = !port.empty() && port.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number || !absl::SimpleAtoi(port, &parts.port) || parts.port > 65535) return std::nullopt;
  if (parts.host.size() > 2 && parts.host.front() == '[' && parts.host.back() == ']') {
    parts.host = parts.host.substr(1, parts.host.size() - 2);
    return IsIpv6(parts.host) ? std::optional(parts) : std::nullopt;
  }
  return IsHostName(parts.host) ? std::optional(parts) : std::nullopt;
}

bool IsLoopback(const std::string& host) {
  return host == "localhost" || host == "::1" || (IsIpv4(host) && absl::StartsWith(host, "127."));
}

bool Collide(const HostPort& a, const HostPort& b) {
  if (a.port != b.port || a.port == 0) return false;
  return a.host == b.host || IsAnyAddress(a.host) || IsAnyAddress(b.host) ||
         (IsLoopback(a.host) && IsLoopback(b.host) &&
          (a.host == "localhost" || b.host == "localhost"));
}

std::string UrlError(const std::string& url) {
  if (!absl::StartsWith(url, "http://") && !absl::StartsWith(url, "https://")) {
    return "begins neither with http:// nor with https://";
  }
  if (url.size() > kMaxUrl) return absl::StrCat("is longer than ", kMaxUrl, " bytes");
  if (!std::all_of(url.begin(), url.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; })) {
    return "has a blank or a character that is not ASCII; write that as %20 or the like";
  }
  const std::string authority = AuthorityPart(url);
  std::string host = authority.substr(authority.rfind('@') + 1);
  const size_t bracket = host.rfind(']');
  const size_t colon = host.find(':', bracket == std::string::npos ? 0 : bracket);
  if (colon == std::string::npos) absl::StrAppend(&host, ":1");
  const std::optional<HostPort> parts = SplitHostPort(host);
  if (parts && parts->port > 0) return "";
  // What of the two is wrong, without a word of either.
  const bool host_is_good = SplitHostPort(absl::StrCat(host.substr(0, colon), ":1")).has_value();
  return host_is_good ? "has a port that is not 1 to 65535" : "names no host";
}

bool HasUserInfo(const std::string& url) {
  return AuthorityPart(url).find('@') != std::string::npos;
}

}  // namespace faultline::config
