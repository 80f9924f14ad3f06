#include "collector/security/join_token.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "collector/security/digest.h"
#include "common/join_token.h"

namespace faultline::security {
namespace {

constexpr size_t kIdBytes = 7;  // of which 50 bits count

// The first `size` characters of the bytes in base32.
std::string Base32(std::string_view bytes, size_t size) {
  std::string out;
  uint32_t window = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    window = (window << 8U) | static_cast<unsigned char>(byte);
    bits += 8;
    while (bits >= 5 && out.size() < size) {
      bits -= 5;
      out += kTokenAlphabet[(window >> bits) & 31U];
    }
  }
  return out;
}

}  // namespace

std::string JoinToken::Text() const {
  return absl::StrCat(std::string(kTokenPrefix), id, ".", secret);
}

JoinToken TokenFromRandom(std::string_view random) {
  return {Base32(random.substr(0, kIdBytes), kTokenIdSize),
          Base32(random.substr(kIdBytes), kTokenSecretSize)};
}

absl::StatusOr<JoinToken> ParseJoinToken(std::string_view text) {
  if (const auto parts = SplitJoinToken(text); parts.ok()) {
    return JoinToken{std::string(parts->id), std::string(parts->secret)};
  }
  return absl::InvalidArgumentError(
      "is not a join token: one is \"ftok.\", 10 characters, a dot and 26 characters, all of a to "
      "z and 2 to 7, as `faultline token create` prints it");
}

std::string ProofKey(const JoinToken& token) { return HmacSha256(token.secret, kProofKeyText); }

std::string Verifier(const JoinToken& token) { return HmacSha256(token.secret, kVerifierText); }

std::string AuthorityProof(std::string_view proof_key, std::string_view nonce,
                           std::string_view authority) {
  return HmacSha256(proof_key, AuthorityProofText(nonce, authority));
}

}  // namespace faultline::security
