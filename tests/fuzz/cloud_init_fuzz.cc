// cloud-init's status, result and output: a user-data script may write anything into them.
// fuzz-sources: agent/checks/cloud_init.cc agent/checks/log_mask.cc common/text.cc common/clock.cc
// fuzz-libs: faultline_proto re2::re2
#include "agent/checks/cloud_init.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  const std::string text(fuzz::AsText(data, size));
  checks::ParseCloudInitStatus(text).IgnoreError();
  checks::ParseCloudInitResult(text).IgnoreError();
  fuzz::Require(checks::LastOutputLines(text, 5).size() <= 5, "no more lines than asked for");
  return 0;
}
