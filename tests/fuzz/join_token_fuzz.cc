// fuzz-sources: collector/security/join_token.cc collector/security/digest.cc
// fuzz-sources: collector/security/attempt_limits.cc common/text.cc common/join_token.cc
// fuzz-libs: OpenSSL::Crypto
#include "collector/security/join_token.h"

#include "collector/security/attempt_limits.h"
#include "common/join_token.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using faultline::fuzz::Require;
  const std::string_view text = faultline::fuzz::AsText(data, size);
  const auto token = faultline::security::ParseJoinToken(text);
  if (token.ok()) {
    Require(token->Text() == text, "a token is written as it was read");
    Require(faultline::IsTokenId(token->id), "its id is an id");
    Require(Verifier(*token) != ProofKey(*token), "its digests differ");
  } else {
    Require(token.status() == faultline::security::ParseJoinToken("").status(),
            "an error says nothing of what was given");
  }
  if (size >= faultline::security::kTokenRandomBytes) {
    const auto made = faultline::security::TokenFromRandom(text);
    Require(faultline::security::ParseJoinToken(made.Text()).ok(), "any bytes make a token");
  }
  Require(faultline::security::PeerGroup(text).size() <= 200, "a peer's name is bounded");
  return 0;
}
