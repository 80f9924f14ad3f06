// What a web server answers, whole and in pieces as the network cuts it: both must end the same.
// fuzz-sources: agent/host/http_answer_parser.cc
#include "agent/host/http_answer_parser.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using faultline::host::HttpAnswerParser;

struct End {
  HttpAnswerParser::State state = HttpAnswerParser::State::kMore;
  faultline::host::HttpAnswer answer;
};

// `piece` bytes at a time, then the connection's end.
End Parse(std::string_view bytes, size_t piece) {
  const auto parser = HttpAnswerParser::Create();
  End end;
  while (!bytes.empty() && end.state == HttpAnswerParser::State::kMore) {
    end.state = parser->Feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  if (end.state == HttpAnswerParser::State::kMore) end.state = parser->Closed();
  if (end.state == HttpAnswerParser::State::kDone) end.answer = parser->answer();
  faultline::fuzz::Require(
      (end.state == HttpAnswerParser::State::kBad) == !parser->problem().empty(),
      "what is bad says why, and nothing else does");
  return end;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using faultline::fuzz::Require;
  faultline::fuzz::Taker taker(data, size);
  const size_t piece = 1 + taker.Byte();
  const auto rest = taker.Rest();
  const std::string_view bytes = faultline::fuzz::AsText(rest.data(), rest.size());
  const End whole = Parse(bytes, std::max<size_t>(bytes.size(), 1));
  const End cut = Parse(bytes, piece);
  // Beast looks at a header that came in pieces only when it is complete: nonsense without an end
  // is bad in one piece and merely incomplete in several.
  const bool done = whole.state == HttpAnswerParser::State::kDone;
  Require(done == (cut.state == HttpAnswerParser::State::kDone),
          "how it is cut does not change whether it is an answer");
  if (!done) return 0;
  Require(whole.answer.status >= 100 && whole.answer.status <= 999, "a status has three digits");
  Require(whole.answer.body.size() <= faultline::host::kMaxHttpBody, "the body is bounded");
  Require(whole.answer.status == cut.answer.status && whole.answer.body == cut.answer.body &&
              whole.answer.location == cut.answer.location,
          "how it is cut does not change what it says");
  return 0;
}
