// What this host is: addresses, boot id, instance id.
#pragma once

#include <string>
#include <vector>

namespace faultline::host {

// Numeric addresses of all interfaces that are up, without loopback and link-local ones
// (getifaddrs(3)), at most 64, sorted.
std::vector<std::string> HostAddresses();

// /proc/sys/kernel/random/boot_id, or empty.
std::string BootId();

// What tells this machine from another that later has its name: the EC2 instance id as the firmware
// says it (DMI's board_asset_tag, "i-..."), else cloud-init's (/run/cloud-init/.instance-id), else
// an id that is derived from /etc/machine-id, which itself is to stay on the host
// (machine-id(5)). At most 64 characters; empty when there is nothing. `root` is for tests.
std::string InstanceId(const std::string& root = "");

}  // namespace faultline::host
