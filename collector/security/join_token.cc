#include "collector/security/join_token.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "collector/security/digest.h"

namespace faultline::security {
namespace {

constexpr std::string_view kPrefix = "ftok.";
constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";  // RFC 4648, lower case
constexpr size_t kIdSize = 10;
constexpr size_t kSecretSize = 26;
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
      out += kAlphabet[(window >> bits) & 31U];
    }
  }
  return out;
}

bool IsBase32(std::string_view text, size_t size) {
  return text.size() == size && text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

}  // namespace

std::string JoinToken::Text() const { return absl::StrCat(std::string(kPrefix), id, ".", secret); }

JoinToken TokenFromRandom(std::string_view random) {
  return {Base32(random.substr(0, kIdBytes), kIdSize),
          Base32(random.substr(kIdBytes), kSecretSize)};
}

bool IsTokenId(std::string_view text) { return IsBase32(text, kIdSize); }

absl::StatusOr<JoinToken> ParseJoinToken(std::string_view text) {
  const size_t whole = kPrefix.size() + kIdSize + 1 + kSecretSize;
  if (text.size() == whole && text.substr(0, kPrefix.size()) == kPrefix &&
      text[kPrefix.size() + kIdSize] == '.') {
    const std::string_view id = text.substr(kPrefix.size(), kIdSize);
    const std::string_view secret = text.substr(kPrefix.size() + kIdSize + 1);
    if (IsBase32(id, kIdSize) && IsBase32(secret, kSecretSize)) {
      return JoinToken{std::string(id), std::string(secret)};
    }
  }
  return absl::InvalidArgumentError(
      "is not a join token: one is \"ftok.\", 10 characters, a dot and 26 characters, all of a to "
      "z and 2 to 7, as `faultline token create` prints it");
}

std::string ProofKey(const JoinToken& token) {
  return HmacSha256(token.secret, "faultline authority v1");
}

std::string Verifier(const JoinToken& token) {
  return HmacSha256(token.secret, "faultline join v1");
}

std::string AuthorityProof(std::string_view proof_key, std::string_view nonce,
                           std::string_view authority) {
  std::string message("faultline proof v1\0", 19);
  message.append(nonce);
  message.append(authority);
  return HmacSha256(proof_key, message);
}

}  // namespace faultline::security
