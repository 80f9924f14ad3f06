// agent.yaml.
// fuzz-sources: agent/config/config.cc agent/config/check_reader.cc
// fuzz-sources: agent/config/roles.cc agent/config/facts.cc common/yaml/one_document.cc
// fuzz-sources: common/yaml/node.cc common/yaml/reader.cc common/yaml/keys.cc
// fuzz-sources: common/process_owner.cc common/yaml/read_file.cc agent/config/collector_reader.cc
// fuzz-sources: common/text.cc common/check_id.cc common/clock.cc common/identity.cc
// fuzz-sources: common/suggestion.cc agent/config/keys.cc
// fuzz-sources: agent/config/role_checks.cc agent/config/fact_declarations.cc
// fuzz-sources: agent/config/fact_finders.cc common/tls/certificate.cc
// fuzz-sources: common/host_name.cc common/unit_name.cc agent/config/environment_file.cc
// fuzz-libs: yaml-cpp OpenSSL::SSL re2::re2
#include "agent/config/config.h"
#include "common/text.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  const auto parsed = config::ParseAgentConfig(std::string(fuzz::AsText(data, size)), "agent.yaml");
  if (parsed.ok()) {
    fuzz::Require(parsed->checks.size() <= 1000, "at most 1000 checks");
  } else {
    fuzz::Require(!parsed.status().message().empty(), "an error says what is wrong");
  }
  return 0;
}
