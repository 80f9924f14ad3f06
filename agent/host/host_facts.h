// What this host is: addresses, boot id.
#pragma once

#include <string>
#include <vector>

namespace faultline::host {

// Numeric addresses of all interfaces that are up, without loopback and link-local ones
// (getifaddrs(3)), at most 64, sorted.
std::vector<std::string> HostAddresses();

// /proc/sys/kernel/random/boot_id, or empty.
std::string BootId();

}  // namespace faultline::host
