// Join tokens, "ftok.ID.SECRET", and what is made of them (proto/faultline/v1/enrolment.proto has
// the form and the reason). Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/join_token.h"  // IsTokenId

namespace faultline::security {

struct JoinToken {
  std::string id;      // public: 10 characters
  std::string secret;  // 26 characters; never stored, logged or shown but by `token create`

  std::string Text() const;
};

// How many random bytes make a token.
inline constexpr size_t kTokenRandomBytes = 24;

// `random` has kTokenRandomBytes bytes.
JoinToken TokenFromRandom(std::string_view random);

// Total. InvalidArgument says what form a token has and shows nothing of `text`.
absl::StatusOr<JoinToken> ParseJoinToken(std::string_view text);

// What the collector keeps instead of the secret, 32 bytes each. They are of different use: the
// proof key lets its holder play the authority for this one token, the verifier lets nobody join.
std::string ProofKey(const JoinToken& token);
std::string Verifier(const JoinToken& token);

// That the holder of `proof_key` vouches for `authority` (DER) to the caller with `nonce`.
std::string AuthorityProof(std::string_view proof_key, std::string_view nonce,
                           std::string_view authority);

}  // namespace faultline::security
