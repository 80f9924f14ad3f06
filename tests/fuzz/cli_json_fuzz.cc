// JSON that the command lays out anew: what it prints is the same value.
// fuzz-sources: cli/json_text.cc common/text.cc
#include "cli/json_text.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  const auto pretty = cli::PrettyJson(fuzz::AsText(data, size));
  const auto compact = cli::CompactJson(fuzz::AsText(data, size));
  fuzz::Require(pretty.ok() == compact.ok(), "both accept the same");
  if (!pretty.ok()) return 0;
  const auto back = cli::CompactJson(*pretty);
  fuzz::Require(back.ok() && *back == *compact, "the layout changes no value");
  for (const char c : *compact) {
    fuzz::Require(static_cast<unsigned char>(c) >= 0x20, "no control character is printed");
  }
  return 0;
}
