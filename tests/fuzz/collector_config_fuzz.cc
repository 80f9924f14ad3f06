// collector.yaml.
// fuzz-sources: collector/config/byte_size.cc collector/config/addresses.cc common/host_name.cc
// fuzz-sources: collector/config/config.cc common/yaml/node.cc common/yaml/reader.cc
// fuzz-sources: common/yaml/keys.cc common/yaml/read_file.cc common/yaml/one_document.cc
// fuzz-sources: common/text.cc common/clock.cc common/identity.cc common/process_owner.cc
// fuzz-sources: collector/config/authority_reader.cc collector/config/keys.cc
// fuzz-sources: common/suggestion.cc collector/time_zone/zone_data.cc
// fuzz-sources: collector/time_zone/zone_names.cc
// fuzz-libs: yaml-cpp absl::time
#include "collector/config/config.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  const auto parsed =
      config::ParseCollectorConfig(std::string(fuzz::AsText(data, size)), "collector.yaml");
  fuzz::Require(parsed.ok() || !parsed.status().message().empty(), "an error says what is wrong");
  return 0;
}
