// The first things that the collector's HTTP server reads of a stranger: target and Host.
// fuzz-sources: collector/http/target.cc collector/http/host_guard.cc
#include "collector/http/host_guard.h"
#include "collector/http/target.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  const std::string_view text = fuzz::AsText(data, size);
  const auto target = http::ParseTarget(text);
  if (target.ok()) {
    fuzz::Require(!target->path.empty() && target->path[0] == '/', "a path begins with a slash");
    fuzz::Require(target->path.find('\0') == std::string::npos, "no NUL in a path");
    fuzz::Require(target->query.size() <= 32, "at most 32 parameters");
  }
  http::HostAllowed(text, {"faultline.example"});
  http::HostOfUrl(text);
  return 0;
}
