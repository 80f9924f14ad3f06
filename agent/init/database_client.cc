#include "agent/init/database_client.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "agent/host/endpoint.h"
#include "agent/init/database_server.h"
#include "common/host_name.h"

namespace faultline::init {
namespace {

constexpr const char* kPrefixes[] = {"DB", "DATABASE", "MYSQL", "MARIADB"};
constexpr const char* kUrls[] = {"DATABASE_URL", "DB_URL",       "SQLALCHEMY_DATABASE_URI",
                                 "MYSQL_URL",    "DATABASE_URI", "JAWSDB_URL"};

std::string SchemeOf(const std::string& url) { return url.substr(0, url.find_first_of(":+")); }

bool IsOfMySql(const std::string& scheme) {
  return scheme == "mysql" || scheme == "mysql2" || scheme == "mariadb";
}

std::string WhyUrlIsNotTaken(const std::string& url) {
  const std::string scheme = SchemeOf(url);
  if (url.find("://") != std::string::npos && IsOfMySql(scheme)) {
    return "does not plainly say its host (a password with @, / or ? in it?)";
  }
  // Known words alone are repeated: what stands there may be anything.
  for (const char* other :
       {"postgres", "postgresql", "sqlite", "mongodb", "oracle", "mssql", "redis"}) {
    if (scheme == other) return absl::StrCat("is of ", other);
  }
  return "is not a URL of mysql or mariadb";
}

std::string Address(const std::string& host, const std::string& port) {
  int number = kMySqlPort;
  if (!port.empty() && (!absl::SimpleAtoi(port, &number) || number < 1 || number > 65535))
    return "";
  if (const auto numeric = host::ParseIpAddress(host); numeric.has_value()) {
    return host::FormatEndpoint(*numeric, static_cast<uint16_t>(number));
  }
  return IsHostName(host) ? absl::StrCat(host, ":", number) : "";
}

}  // namespace

std::string DatabaseAddressOfUrl(const std::string& url) {
  const size_t scheme_end = url.find("://");
  if (scheme_end == std::string::npos) return "";
  if (!IsOfMySql(SchemeOf(url))) return "";
  const std::string rest = url.substr(scheme_end + 3);
  // A password that holds a slash or an @ would be cut in two, and a part of it taken for the host.
  if (std::count(rest.begin(), rest.end(), '@') > 1) return "";
  std::string authority = rest.substr(0, rest.find_first_of("/?#"));
  const size_t at = authority.find('@');
  if (at == std::string::npos && rest.find('@') != std::string::npos) return "";
  if (at != std::string::npos) authority = authority.substr(at + 1);
  size_t colon = authority.find(':');
  if (!authority.empty() && authority.front() == '[') {
    const size_t close = authority.find(']');
    if (close == std::string::npos) return "";
    const std::string host = authority.substr(1, close - 1);
    if (!host::ParseIpAddress(host).has_value()) return "";
    colon = close + 1;
    if (colon < authority.size() && authority[colon] != ':') return "";
    return Address(host, colon < authority.size() ? authority.substr(colon + 1) : "");
  }
  if (colon == std::string::npos) return Address(authority, "");
  return Address(authority.substr(0, colon), authority.substr(colon + 1));
}

std::string DatabaseAddressIn(const std::map<std::string, std::string>& environment) {
  for (const char* prefix : kPrefixes) {
    const auto host = environment.find(absl::StrCat(prefix, "_HOST"));
    if (host == environment.end()) continue;
    const auto port = environment.find(absl::StrCat(prefix, "_PORT"));
    // PostgreSQL's port in the same names.
    if (port != environment.end() && port->second == "5432") continue;
    return Address(host->second, port == environment.end() ? "" : port->second);
  }
  for (const char* name : kUrls) {
    const auto url = environment.find(name);
    if (url == environment.end()) continue;
    if (const std::string address = DatabaseAddressOfUrl(url->second); !address.empty()) {
      return address;
    }
  }
  return "";
}

std::string DatabaseHintIn(const std::map<std::string, std::string>& environment) {
  for (const char* prefix : kPrefixes) {
    const std::string name = absl::StrCat(prefix, "_HOST");
    if (!environment.contains(name)) continue;
    const auto port = environment.find(absl::StrCat(prefix, "_PORT"));
    const bool postgresql = port != environment.end() && port->second == "5432";
    return absl::StrCat(name,
                        postgresql ? " is of postgresql, by its port" : " is not plainly a host");
  }
  for (const char* name : kUrls) {
    const auto url = environment.find(name);
    if (url != environment.end()) return absl::StrCat(name, " ", WhyUrlIsNotTaken(url->second));
  }
  return "";
}

bool IsLoopbackAddress(const std::string& address) {
  const auto split = host::ParseHostPort(address);
  if (!split.ok()) return false;
  const auto numeric = host::ParseIpAddress(split->host);
  return split->host == "localhost" || (numeric.has_value() && numeric->is_loopback());
}

}  // namespace faultline::init
