// Addresses as collector.yaml has them: where to listen, and URLs. Pure: nothing is resolved.
#pragma once

#include <optional>
#include <string>

namespace faultline::config {

struct HostPort {
  std::string host;  // a name or an address, without brackets
  int port = 0;      // 0: of the system's choice
};

// "10.0.1.20:7443", "[2001:db8::1]:7443", "localhost:7443".
std::optional<HostPort> SplitHostPort(const std::string& text);

bool IsLoopback(const std::string& host);

// Whether one process cannot listen on both.
bool Collide(const HostPort& a, const HostPort& b);

// Why this is no URL of http or https with a host that could be asked, as in "has a port that is
// not 1 to 65535"; empty when it is one. The URL may hold a secret, of which nothing is quoted.
std::string UrlError(const std::string& url);

// Whether user or password stand in it.
bool HasUserInfo(const std::string& url);

}  // namespace faultline::config
