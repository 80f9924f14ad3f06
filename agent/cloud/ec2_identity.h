// Which EC2 instance a host is, out of texts that say so. PURE.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace faultline::cloud {

// Both parts have the form of common/ec2.h.
struct Ec2Identity {
  std::string instance_id;
  std::string region;

  bool operator==(const Ec2Identity&) const = default;
};

// Beyond it a text is not looked at.
inline constexpr size_t kMaxIdentityJson = 1 << 20;

// Of cloud-init's instance-data.json (v1.cloud_name, v1.instance_id, v1.region). Nothing where the
// cloud is another one, where a part is missing or malformed, and where it is no JSON.
std::optional<Ec2Identity> FromInstanceData(std::string_view json);

// Of the instance identity document (instanceId, region). Nothing as above.
std::optional<Ec2Identity> FromIdentityDocument(std::string_view json);

}  // namespace faultline::cloud
