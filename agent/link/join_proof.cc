#include "agent/link/join_proof.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace faultline::link {
namespace {

constexpr std::string_view kPrefix = "ftok.";
constexpr size_t kIdSize = 10;
constexpr size_t kSecretSize = 26;
constexpr size_t kNonceSize = 32;

bool IsBase32(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

absl::Status Malformed(const char* what) {
  return absl::InvalidArgumentError(
      absl::StrCat("the join token ", what,
                   "; a token is ftok.ID.SECRET with 10 and 26 characters, as `faultline token "
                   "create` on the collector printed it"));
}

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
  if (text.empty()) return Malformed("is empty");
  if (text.substr(0, kPrefix.size()) != kPrefix) return Malformed("does not begin with \"ftok.\"");
  const std::string_view rest = text.substr(kPrefix.size());
  const size_t dot = rest.find('.');
  if (dot == std::string_view::npos) return Malformed("has no second dot");
  const std::string_view id = rest.substr(0, dot);
  const std::string_view secret = rest.substr(dot + 1);
  if (id.size() != kIdSize) return Malformed("has an ID that is too short or too long");
  if (secret.size() != kSecretSize) {
    return Malformed("has a SECRET that is too short or too long (was it cut off?)");
  }
  if (!IsBase32(id) || !IsBase32(secret)) {
    return Malformed("has characters other than a to z and 2 to 7");
  }
  JoinToken token;
  token.id = id;
  token.secret = host::Secret(std::string(secret));
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
  const host::Secret key(Hmac(token.secret.value(), "faultline authority v1"));
  std::string text = "faultline proof v1";
  text += '\0';
  text += nonce;
  text += authority;
  return Hmac(key.value(), text);
}

bool IsAuthorityProof(const JoinToken& token, std::string_view nonce, std::string_view authority,
                      std::string_view proof) {
  const std::string expected = AuthorityProof(token, nonce, authority);
  return !expected.empty() && expected.size() == proof.size() &&
         CRYPTO_memcmp(expected.data(), proof.data(), expected.size()) == 0;
}

std::string RenewalText(std::string_view request) {
  std::string text = "faultline renew v1";
  text += '\0';
  text += request;
  return text;
}

}  // namespace faultline::link
