// The collector's live feed as the command reads it: however it is cut, the events are the same.
// fuzz-sources: cli/sse.cc
#include "cli/sse.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  fuzz::Taker taker(data, size);
  const size_t piece = 1 + taker.Byte() % 40;
  const auto rest = taker.Rest();
  const std::string_view text = fuzz::AsText(rest.data(), rest.size());
  std::vector<cli::SseEvent> whole;
  std::vector<cli::SseEvent> pieces;
  cli::SseParser one;
  one.Feed(text, &whole);
  cli::SseParser many;
  for (size_t i = 0; i < text.size(); i += piece) many.Feed(text.substr(i, piece), &pieces);
  fuzz::Require(whole.size() == pieces.size(), "pieces do not change the events");
  for (size_t i = 0; i < whole.size(); ++i) {
    fuzz::Require(whole[i].type == pieces[i].type && whole[i].data == pieces[i].data,
                  "pieces do not change an event");
  }
  fuzz::Require(one.last_event_id() == many.last_event_id(), "nor the last id");
  return 0;
}
