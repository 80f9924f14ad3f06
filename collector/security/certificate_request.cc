#include "collector/security/certificate_request.h"

#include <openssl/ec.h>
#include <openssl/objects.h>

#include "collector/security/digest.h"

namespace faultline::security {
namespace {

absl::Status BadRequest(std::string_view what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat("certificate_request: ", std::string(what)));
}

bool IsP256(EVP_PKEY* key) {
  char group[64] = "";
  size_t size = 0;
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_group_name(key, group, sizeof(group), &size) == 1 &&
         OBJ_sn2nid(group) == NID_X9_62_prime256v1;
}

bool IsEcdsaWithSha2(const X509_REQ* request) {
  switch (X509_REQ_get_signature_nid(request)) {
    case NID_ecdsa_with_SHA256:
    case NID_ecdsa_with_SHA384:
    case NID_ecdsa_with_SHA512:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<RequestedKey> ParseCertificateRequest(std::string_view der) {
  if (der.empty()) return BadRequest("is missing");
  if (der.size() > kMaxRequestBytes) {
    return BadRequest(absl::StrCat("has ", der.size(), " bytes, at most ", kMaxRequestBytes));
  }
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = at + der.size();
  const tls::RequestPtr request(
      d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));  // NOLINT
  if (request == nullptr || at != end) return BadRequest("is not one PKCS#10 request in DER form");
  RequestedKey requested;
  requested.key.reset(X509_REQ_get_pubkey(request.get()));
  if (requested.key == nullptr || !IsP256(requested.key.get())) {
    return BadRequest("its key is not an elliptic-curve key on P-256");
  }
  if (!IsEcdsaWithSha2(request.get())) return BadRequest("is not signed with ECDSA and SHA-256");
  if (X509_REQ_verify(request.get(), requested.key.get()) != 1) {
    return BadRequest("is not signed by its own key");
  }
  const std::string info = tls::DerOf<i2d_PUBKEY>(requested.key.get());
  if (info.empty()) return tls::OpensslError("encode a public key");
  requested.digest = Hex(Sha256(info));
  return requested;
}

bool SignedBy(EVP_PKEY* key, std::string_view message, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, tls::FreeBy<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  const bool is =
      context != nullptr && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                       signature.size(), reinterpret_cast<const unsigned char*>(message.data()),
                       message.size()) == 1;
  ERR_clear_error();
  return is;
}

}  // namespace faultline::security
