// What this machine's own files say of EC2: no packet is sent. Quick: files of the kernel and of
// /run.
#pragma once

#include <optional>
#include <string>

#include "agent/cloud/ec2_identity.h"

namespace faultline::cloud {

// cloud-init's /run/cloud-init/instance-data.json, which everybody may read. `root` is for tests.
std::optional<Ec2Identity> ReadInstanceData(const std::string& root = "");

// As firmware or hypervisor say it: DMI's sys_vendor "Amazon EC2" or a board_asset_tag that is an
// instance id (Nitro), a hypervisor uuid that begins with "ec2" (Xen).
bool IsEc2Machine(const std::string& root = "");

// AWS_EC2_METADATA_DISABLED=true, as every AWS program honours it.
bool MetadataIsDisabled();

}  // namespace faultline::cloud
