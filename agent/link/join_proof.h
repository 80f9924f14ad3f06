// PURE: the join token, and the proof by which a collector that knows it shows which authority is
// its own (proto/faultline/v1/enrolment.proto).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "agent/host/secret_file.h"

namespace faultline::link {

struct JoinToken {
  std::string id;       // public
  host::Secret secret;  // the third part
  host::Secret whole;   // "ftok.ID.SECRET"
};

// "ftok.ID.SECRET"; white space around it is no part of it. InvalidArgument says what is wrong and
// never what stands there.
absl::StatusOr<JoinToken> ParseJoinToken(std::string_view text);

// 32 random bytes. Internal: OpenSSL has none.
absl::StatusOr<std::string> MakeNonce();

// HMAC-SHA256(proof key, "faultline proof v1" + 0x00 + nonce + authority), where the proof key is
// HMAC-SHA256(secret, "faultline authority v1").
std::string AuthorityProof(const JoinToken& token, std::string_view nonce,
                           std::string_view authority);

// In constant time.
bool IsAuthorityProof(const JoinToken& token, std::string_view nonce, std::string_view authority,
                      std::string_view proof);

}  // namespace faultline::link
