// The interfaces by which others reach this host in IPv4: those of its routes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faultline::host {

// `routes` is the text of /proc/net/route. The interfaces of its routes, without loopback and
// without the bridges that containers and virtual machines of this host hang on (unless a default
// route goes there). Sorted, at most 64. PURE.
std::vector<std::string> ParseClientInterfaces(std::string_view routes);

// Of this network namespace; empty when it cannot be read.
std::vector<std::string> ClientInterfaces();

}  // namespace faultline::host
