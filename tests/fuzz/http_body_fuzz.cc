// The body of an error answer: pages, JSON, anything.
// fuzz-sources: agent/checks/http_body.cc agent/checks/log_mask.cc common/text.cc
// fuzz-libs: re2::re2 protobuf::libprotobuf
#include "agent/checks/http_body.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  const std::string body(fuzz::AsText(data, size));
  const std::string snippet = checks::BodySnippet(body);
  fuzz::Require(snippet.size() <= 300, "a snippet has at most 300 bytes");
  fuzz::Require(snippet.find('\n') == std::string::npos, "a snippet is one line");
  if (const auto error = checks::DatabaseErrorOf(body)) {
    fuzz::Require(error->number >= 1000 && error->number <= 9999, "a number of MySQL's");
    fuzz::Require(error->text.size() <= 300, "its text has at most 300 bytes");
  }
  return 0;
}
