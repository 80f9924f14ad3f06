// Lines of sudo and polkit, parts of which whoever runs sudo chooses.
// fuzz-sources: agent/checks/sudo_line.cc agent/checks/log_mask.cc common/text.cc
// fuzz-libs: re2::re2
#include "agent/checks/sudo_line.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  const std::string_view line = fuzz::AsText(data, size);
  for (const auto& ran : {checks::ParseSudoLine(line), checks::ParsePolkitLine(line)}) {
    if (!ran.has_value()) continue;
    fuzz::Require(!ran->who.empty() && ran->who.size() <= 64, "a name is bounded");
    checks::MeaningOf(ran->command, {"mysql.service", "mariadb.service"});
    fuzz::Require(checks::ShownCommand(ran->command).size() <= 200, "what is shown is bounded");
  }
  checks::MeaningOf(line, {"mysql.service"});
  return 0;
}
