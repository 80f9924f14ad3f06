#include "agent/link/host_key.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "absl/strings/str_cat.h"

namespace faultline::link {
namespace {

constexpr char kGroup[] = "prime256v1";  // OpenSSL's name of P-256

struct FreeAny {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509_REQ* request) const { X509_REQ_free(request); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

absl::Status Failed(const char* what) {
  ERR_clear_error();
  return absl::InternalError(absl::StrCat("OpenSSL could not ", what, "; is there memory left?"));
}

// An encrypted key must fail, not ask a terminal.
int NoPassword(char*, int, int, void*) { return 0; }

}  // namespace

absl::StatusOr<HostKey> HostKey::Make() {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  if (key == nullptr) return Failed("make a key");
  return HostKey(key);
}

absl::StatusOr<HostKey> HostKey::FromPem(std::string_view pem) {
  if (pem.empty()) return absl::InvalidArgumentError("holds no private key in PEM form");
  const std::unique_ptr<BIO, FreeAny> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  EVP_PKEY* const raw = PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr);
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
  const std::unique_ptr<BIO, FreeAny> bio(BIO_new(BIO_s_secmem()));
  if (bio == nullptr ||
      PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    ERR_clear_error();
    return {};
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return host::Secret(std::string(data, static_cast<size_t>(size)));
}

absl::StatusOr<std::string> HostKey::MakeRequest() const {
  const std::unique_ptr<X509_REQ, FreeAny> request(X509_REQ_new());
  if (request == nullptr || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_pubkey(request.get(), key_.get()) != 1 ||
      X509_REQ_sign(request.get(), key_.get(), EVP_sha256()) <= 0) {
    return Failed("make a certificate request");
  }
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_REQ(request.get(), &bytes);
  if (size <= 0) return Failed("write a certificate request");
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

absl::StatusOr<std::string> HostKey::Sign(std::string_view bytes) const {
  const std::unique_ptr<EVP_MD_CTX, FreeAny> context(EVP_MD_CTX_new());
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
