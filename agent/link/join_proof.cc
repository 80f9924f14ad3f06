#include "agent/link/join_proof.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "absl/status/status.h"
#include "common/join_token.h"

namespace faultline::link {
namespace {

constexpr size_t kNonceSize = 32;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Empty when OpenSSL has no memory left; such a proof proves nothing.
std::string Hmac(std::string_view key, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest,
           &size) == nullptr) {
    return "";
  }
  std::string result(reinterpret_cast<const char*>(digest), size);
  OPENSSL_cleanse(digest, sizeof(digest));
  return result;
}

}  // namespace

absl::StatusOr<JoinToken> ParseJoinToken(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  const absl::StatusOr<JoinTokenParts> parts = SplitJoinToken(text);
  if (!parts.ok()) return parts.status();
  JoinToken token;
  token.id = parts->id;
  token.secret = host::Secret(std::string(parts->secret));
  token.whole = host::Secret(std::string(text));
  return token;
}

absl::StatusOr<std::string> MakeNonce() {
  std::string nonce(kNonceSize, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(nonce.data()), kNonceSize) != 1) {
    ERR_clear_error();
    return absl::InternalError("OpenSSL has no random bytes");
  }
  return nonce;
}

std::string AuthorityProof(const JoinToken& token, std::string_view nonce,
                           std::string_view authority) {
  const host::Secret key(Hmac(token.secret.value(), kProofKeyText));
  return Hmac(key.value(), AuthorityProofText(nonce, authority));
}

bool IsAuthorityProof(const JoinToken& token, std::string_view nonce, std::string_view authority,
                      std::string_view proof) {
  const std::string expected = AuthorityProof(token, nonce, authority);
  return !expected.empty() && expected.size() == proof.size() &&
         CRYPTO_memcmp(expected.data(), proof.data(), expected.size()) == 0;
}

}  // namespace faultline::link
