#include "agent/link/host_key.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "absl/strings/str_cat.h"
#include "common/tls/openssl.h"

namespace faultline::link {
namespace {

constexpr char kGroup[] = "prime256v1";  // OpenSSL's name of P-256

absl::Status Failed(const char* what) {
  ERR_clear_error();
  return absl::InternalError(absl::StrCat("OpenSSL could not ", what, "; is there memory left?"));
}

}  // namespace

absl::StatusOr<HostKey> HostKey::Make() {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  if (key == nullptr) return Failed("make a key");
  return HostKey(key);
}

absl::StatusOr<HostKey> HostKey::FromPem(std::string_view pem) {
  if (pem.empty()) return absl::InvalidArgumentError("holds no private key in PEM form");
  EVP_PKEY* const raw =
      PEM_read_bio_PrivateKey(tls::ReadOnly(pem).get(), nullptr, tls::NoPassword, nullptr);
  ERR_clear_error();
  if (raw == nullptr) return absl::InvalidArgumentError("holds no private key in PEM form");
  HostKey key(raw);
  char group[64] = "";
  size_t size = 0;
  if (EVP_PKEY_get_group_name(raw, group, sizeof(group), &size) != 1 ||
      std::string_view(group) != kGroup) {
    ERR_clear_error();
    return absl::InvalidArgumentError("holds a private key that is not ECDSA P-256");
  }
  return key;
}

host::Secret HostKey::ToPem() const {
  const tls::BioPtr bio(BIO_new(BIO_s_secmem()));
  if (bio == nullptr ||
      PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    ERR_clear_error();
    return {};
  }
  return host::Secret(tls::TextOf(bio.get()));
}

absl::StatusOr<std::string> HostKey::MakeRequest() const {
  const tls::RequestPtr request(X509_REQ_new());
  if (request == nullptr || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_pubkey(request.get(), key_.get()) != 1 ||
      X509_REQ_sign(request.get(), key_.get(), EVP_sha256()) <= 0) {
    return Failed("make a certificate request");
  }
  std::string der = tls::DerOf<i2d_X509_REQ>(request.get());
  if (der.empty()) return Failed("write a certificate request");
  return der;
}

absl::StatusOr<std::string> HostKey::Sign(std::string_view bytes) const {
  const tls::DigestPtr context(EVP_MD_CTX_new());
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t size = 0;
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, data, bytes.size()) != 1) {
    return Failed("sign");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                     bytes.size()) != 1) {
    return Failed("sign");
  }
  signature.resize(size);
  return signature;
}

bool HostKey::BelongsTo(X509* certificate) const {
  const EVP_PKEY* const theirs = X509_get0_pubkey(certificate);
  const bool same = theirs != nullptr && EVP_PKEY_eq(theirs, key_.get()) == 1;
  ERR_clear_error();
  return same;
}

bool HostKey::operator==(const HostKey& other) const {
  return EVP_PKEY_eq(key_.get(), other.key_.get()) == 1;
}

}  // namespace faultline::link
