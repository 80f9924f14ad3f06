// The form of a join token, and the texts that are proved and signed with what joining has of keys
// (proto/faultline/v1/enrolment.proto): what agent and collector must have alike. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace faultline {

inline constexpr std::string_view kTokenPrefix = "ftok.";
inline constexpr std::string_view kTokenAlphabet =
    "abcdefghijklmnopqrstuvwxyz234567";  // RFC 4648, lower case
inline constexpr size_t kTokenIdSize = 10;
inline constexpr size_t kTokenSecretSize = 26;

// Views into the text.
struct JoinTokenParts {
  std::string_view id;
  std::string_view secret;
};

// Of "ftok.ID.SECRET". Total. InvalidArgument says what is wrong with "the join token", and never
// what stands there.
absl::StatusOr<JoinTokenParts> SplitJoinToken(std::string_view text);
bool IsTokenId(std::string_view text);

// HMAC-SHA256 over these with the secret as its key gives proof key and verifier.
inline constexpr std::string_view kProofKeyText = "faultline authority v1";
inline constexpr std::string_view kVerifierText = "faultline join v1";

// HMAC-SHA256 over this with the proof key proves the authority (DER).
std::string AuthorityProofText(std::string_view nonce, std::string_view authority);

// What the key of the present certificate signs for a renewal; `request` is PKCS#10, DER.
std::string RenewalText(std::string_view request);

}  // namespace faultline
