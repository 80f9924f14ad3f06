#include "agent/cloud/ec2_identity.h"

#include <gtest/gtest.h>

#include <string>

namespace faultline::cloud {
namespace {

constexpr char kId[] = "i-0123456789abcdef0";

// As cloud-init 22.4 of Debian 12 writes it on EC2, shortened.
std::string InstanceData(const std::string& v1) {
  return R"({"base64_encoded_keys": [], "ds": {"_doc": "EXPERIMENTAL", "meta_data": {}},
             "merged_cfg": "redacted for non-root user", "sensitive_keys": ["merged_cfg"],
             "v1": )" +
         v1 + "}";
}

TEST(InstanceDataTest, SaysInstanceAndRegionOnAws) {
  const auto identity = FromInstanceData(InstanceData(
      R"({"_beta_keys": ["subplatform"], "availability-zone": "us-east-1a",
          "availability_zone": "us-east-1a", "cloud-name": "aws", "cloud_name": "aws",
          "instance-id": "i-0123456789abcdef0", "instance_id": "i-0123456789abcdef0",
          "public_ssh_keys": ["ssh-ed25519 AAAA"], "region": "us-east-1"})"));
  EXPECT_EQ(identity, (Ec2Identity{kId, "us-east-1"}));
}

TEST(InstanceDataTest, TheNamesWithDashesOfOldCloudInitsAreTaken) {
  EXPECT_EQ(FromInstanceData(InstanceData(R"({"cloud-name": "aws", "region": "eu-west-2",
                                              "instance-id": "i-0123456789abcdef0"})")),
            (Ec2Identity{kId, "eu-west-2"}));
}

TEST(InstanceDataTest, NothingIsTakenOfAnotherCloudOrAnotherForm) {
  for (const char* v1 : {
           R"({"cloud_name": "lxd", "instance_id": "i-0123456789abcdef0", "region": "us-east-1"})",
           R"({"instance_id": "i-0123456789abcdef0", "region": "us-east-1"})",
           R"({"cloud_name": "aws", "instance_id": "iid-local01", "region": "us-east-1"})",
           R"({"cloud_name": "aws", "instance_id": "i-0123456789abcdef0", "region": null})",
           R"({"cloud_name": "aws", "instance_id": ["i-0123456789abcdef0"], "region": "x"})",
           R"({"cloud_name": "aws", "region": "us-east-1"})",
           R"([])",
           R"("text")",
       }) {
    EXPECT_FALSE(FromInstanceData(InstanceData(v1)).has_value()) << v1;
  }
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("<html>"), std::string("[]"),
        std::string("{\"v1\": {\"cloud_name\": \"aws\""), std::string(1 << 12, '['),
        std::string((1 << 20) + 1, ' ')}) {
    EXPECT_FALSE(FromInstanceData(text).has_value()) << text.substr(0, 40);
  }
}

TEST(IdentityDocumentTest, SaysInstanceAndRegion) {
  EXPECT_EQ(FromIdentityDocument(R"({
    "accountId" : "123456789012", "architecture" : "x86_64", "availabilityZone" : "us-east-1a",
    "billingProducts" : null, "devpayProductCodes" : null, "imageId" : "ami-0b69ea66ff7391e80",
    "instanceId" : "i-0123456789abcdef0", "instanceType" : "t3.small", "kernelId" : null,
    "pendingTime" : "2026-11-22T03:00:00Z", "privateIp" : "10.0.2.10", "ramdiskId" : null,
    "region" : "us-east-1", "version" : "2017-09-30" })"),
            (Ec2Identity{kId, "us-east-1"}));
}

TEST(IdentityDocumentTest, AnErrorThatCameWith200IsNone) {
  EXPECT_FALSE(FromIdentityDocument(R"({"Code": "InternalError", "Message": "try again",
      "instanceId": "i-0123456789abcdef0", "region": "us-east-1"})")
                   .has_value());
  EXPECT_TRUE(FromIdentityDocument(R"({"Code": "Success",
      "instanceId": "i-0123456789abcdef0", "region": "us-east-1"})")
                  .has_value());
}

}  // namespace
}  // namespace faultline::cloud
