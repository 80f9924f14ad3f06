// What cloud-init and the metadata service say of an instance; what is taken goes into commands.
// fuzz-sources: agent/cloud/ec2_identity.cc common/ec2.cc
// fuzz-libs: faultline_proto
#include "agent/cloud/ec2_identity.h"
#include "common/ec2.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  const std::string text(fuzz::AsText(data, size));
  for (const auto& identity : {cloud::FromInstanceData(text), cloud::FromIdentityDocument(text)}) {
    if (!identity.has_value()) continue;
    fuzz::Require(IsEc2InstanceId(identity->instance_id) && IsAwsRegion(identity->region),
                  "what is taken has the form of its kind");
  }
  return 0;
}
