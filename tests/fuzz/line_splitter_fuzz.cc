// A stream of bytes cut into lines: however it is cut into pieces, the lines are the same.
// fuzz-sources: agent/host/line_splitter.cc
#include "agent/host/line_splitter.h"

#include <vector>

#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  constexpr size_t kMaxLine = 32;
  fuzz::Taker taker(data, size);
  const size_t piece = 1 + taker.Byte() % 40;
  const auto rest = taker.Rest();
  const std::string_view text = fuzz::AsText(rest.data(), rest.size());
  std::vector<std::string> whole;
  std::vector<std::string> pieces;
  host::LineSplitter one(kMaxLine);
  one.Add(text, [&](std::string_view line) { whole.emplace_back(line); });
  host::LineSplitter many(kMaxLine);
  for (size_t i = 0; i < text.size(); i += piece) {
    many.Add(text.substr(i, piece), [&](std::string_view line) { pieces.emplace_back(line); });
  }
  fuzz::Require(whole == pieces, "pieces do not change the lines");
  fuzz::Require(one.pending() == many.pending() && one.pending() <= kMaxLine, "pending is bounded");
  for (const std::string& line : whole) {
    fuzz::Require(line.size() <= kMaxLine && line.find('\n') == std::string::npos,
                  "a line is bounded and holds no line end");
  }
  return 0;
}
