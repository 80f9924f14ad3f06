// A log line on its way off the host: pattern, mask, fingerprint, clean text.
// fuzz-sources: agent/checks/log_patterns.cc agent/checks/log_pattern_sets.cc
// fuzz-sources: agent/checks/log_mask.cc agent/checks/log_fingerprint.cc
// fuzz-sources: agent/checks/log_traceback.cc common/text.cc
// fuzz-libs: re2::re2
#include "agent/checks/log_fingerprint.h"
#include "agent/checks/log_mask.h"
#include "agent/checks/log_patterns.h"
#include "agent/checks/log_traceback.h"
#include "common/text.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  static const auto patterns =
      checks::LogPatterns::Compile({"default", "set:nginx", "set:python", "set:mysql"},
                                   {"harmless"})
          .value();
  static checks::TracebackJoiner joiner;
  const std::string_view line = fuzz::AsText(data, size);
  patterns->Match(line, static_cast<int>(size % 9) - 1);
  joiner.Add(line);
  const std::string masked = checks::MaskSecrets(line);
  fuzz::Require(masked.size() <= 4 * line.size() + 16, "a masked line is not much longer");
  fuzz::Require(checks::Skeleton(masked).size() <= masked.size(), "a skeleton is not longer");
  checks::Fingerprint(masked);
  fuzz::Require(CleanText(masked, 1024).size() <= 1024, "clean text is bounded");
  return 0;
}
