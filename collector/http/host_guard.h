// Which names a client may call this server by. A page of somewhere else whose name was made to
// resolve to this machine (DNS rebinding) still sends its own name in Host, and is refused. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faultline::http {

// True for a Host header that names this machine's loopback (localhost, 127.0.0.0/8, [::1]) or one
// of `allowed` (names or addresses without port, any case). A port is allowed and ignored.
bool HostAllowed(std::string_view header, const std::vector<std::string>& allowed);

// The host of a URL such as "https://faultline.example:7480/x", for `allowed`; empty when there is
// none.
std::string HostOfUrl(std::string_view url);

}  // namespace faultline::http
