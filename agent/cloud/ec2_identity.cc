#include "agent/cloud/ec2_identity.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <initializer_list>

#include "common/ec2.h"

namespace faultline::cloud {
namespace {

using google::protobuf::Struct;

// The library bounds the depth (100).
std::optional<Struct> Parse(std::string_view json) {
  Struct parsed;
  if (json.size() > kMaxIdentityJson ||
      !google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &parsed).ok()) {
    return std::nullopt;
  }
  return parsed;
}

// The first of `names` that has a text, else "".
std::string Text(const Struct& in, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = in.fields().find(name);
    if (found != in.fields().end() && found->second.has_string_value()) {
      return found->second.string_value();
    }
  }
  return "";
}

std::optional<Ec2Identity> Checked(Ec2Identity identity) {
  if (!IsEc2InstanceId(identity.instance_id) || !IsAwsRegion(identity.region)) return std::nullopt;
  return identity;
}

}  // namespace

std::optional<Ec2Identity> FromInstanceData(std::string_view json) {
  const std::optional<Struct> all = Parse(json);
  if (!all.has_value()) return std::nullopt;
  const auto v1 = all->fields().find("v1");
  if (v1 == all->fields().end() || !v1->second.has_struct_value()) return std::nullopt;
  const Struct& facts = v1->second.struct_value();
  // The names with dashes are those of cloud-init before 18.4.
  if (Text(facts, {"cloud_name", "cloud-name"}) != "aws") return std::nullopt;
  return Checked({.instance_id = Text(facts, {"instance_id", "instance-id"}),
                  .region = Text(facts, {"region"})});
}

std::optional<Ec2Identity> FromIdentityDocument(std::string_view json) {
  const std::optional<Struct> all = Parse(json);
  if (!all.has_value()) return std::nullopt;
  // The service answers 200 with a "Code" where it could not look.
  const std::string code = Text(*all, {"Code"});
  if (!code.empty() && code != "Success") return std::nullopt;
  return Checked({.instance_id = Text(*all, {"instanceId"}), .region = Text(*all, {"region"})});
}

}  // namespace faultline::cloud
