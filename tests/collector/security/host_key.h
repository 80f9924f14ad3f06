// What a host that joins has: a key, requests and signatures, as an agent makes them.
#pragma once

#include <openssl/pem.h>

#include <cstdlib>
#include <string>

#include "common/tls/certificate.h"
#include "common/tls/openssl.h"

namespace faultline::security {

class HostKey {
 public:
  explicit HostKey(const char* curve = "P-256") : key_(EVP_EC_gen(curve)) {}

  EVP_PKEY* get() const { return key_.get(); }

  // `signer` other than this key makes a request that lies.
  std::string Request(const HostKey* signer = nullptr, const EVP_MD* digest = EVP_sha256()) const {
    const tls::RequestPtr request(X509_REQ_new());
    X509_REQ_set_version(request.get(), X509_REQ_VERSION_1);
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("ignored"), -1, -1, 0);
    X509_REQ_set_pubkey(request.get(), key_.get());
    if (X509_REQ_sign(request.get(), (signer == nullptr ? *this : *signer).get(), digest) <= 0) {
      std::abort();
    }
    return tls::DerOf<i2d_X509_REQ>(request.get());
  }

  std::string Sign(const std::string& message) const {
    const std::unique_ptr<EVP_MD_CTX, tls::FreeBy<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    std::string signature(256, '\0');
    size_t size = signature.size();
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       reinterpret_cast<const unsigned char*>(message.data()),
                       message.size()) != 1) {
      std::abort();
    }
    signature.resize(size);
    return signature;
  }
  // Of a renewal with this, the present, key.
  std::string SignRenewal(const std::string& request) const {
    return Sign(std::string("faultline renew v1\0", 19) + request);
  }

  std::string Pem() const {
    const tls::BioPtr out(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return tls::TextOf(out.get());
  }

 private:
  tls::KeyPtr key_;
};

inline tls::X509Ptr ParseDer(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return tls::X509Ptr(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

inline std::string PemOfDer(const std::string& der) { return tls::PemOf(ParseDer(der).get()); }

}  // namespace faultline::security
