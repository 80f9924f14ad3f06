#include "agent/cloud/ec2_host.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "agent/host/small_file.h"
#include "common/ec2.h"

namespace faultline::cloud {
namespace {

// Without what surrounds it; empty when it cannot be read.
std::string Line(const std::string& path) {
  const absl::StatusOr<std::string> text = host::ReadSmallFile(path, 256);
  return text.ok() ? std::string(absl::StripAsciiWhitespace(*text)) : "";
}

}  // namespace

std::optional<Ec2Identity> ReadInstanceData(const std::string& root) {
  // One byte more than is allowed: what is cut must not pass for the whole.
  const absl::StatusOr<std::string> text =
      host::ReadSmallFile(root + "/run/cloud-init/instance-data.json", kMaxIdentityJson + 1);
  return text.ok() ? FromInstanceData(*text) : std::nullopt;
}

bool IsEc2Machine(const std::string& root) {
  const std::string dmi = root + "/sys/devices/virtual/dmi/id/";
  return Line(dmi + "sys_vendor") == "Amazon EC2" ||
         IsEc2InstanceId(Line(dmi + "board_asset_tag")) ||
         absl::StartsWithIgnoreCase(Line(root + "/sys/hypervisor/uuid"), "ec2");
}

bool MetadataIsDisabled() {
  const char* const value = std::getenv("AWS_EC2_METADATA_DISABLED");
  return value != nullptr && absl::EqualsIgnoreCase(value, "true");
}

}  // namespace faultline::cloud
