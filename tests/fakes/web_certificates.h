// Certificates as the web has them: a root, an intermediate, servers' with times of the test's
// choice. Made by OpenSSL on the spot.
#pragma once

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <string>
#include <vector>

namespace faultline::fakes {

struct WebCertificate {
  std::string pem;
  std::string key;
};

struct WebCertificateWishes {
  std::string names = "DNS:app.example";  // subject alternative names; empty: none
  int64_t from = -3600;                   // seconds from now
  int64_t until = int64_t{90} * 86400;
};

class WebAuthority {
 public:
  // Without `parent` a root that signs itself.
  explicit WebAuthority(const std::string& name, const WebAuthority* parent = nullptr)
      : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
    Fill(certificate_, key_, name, {.from = -86400, .until = int64_t{3650} * 86400});
    const WebAuthority& issuer = parent == nullptr ? *this : *parent;
    X509_set_issuer_name(certificate_, X509_get_subject_name(issuer.certificate_));
    Extend(certificate_, issuer.certificate_, NID_basic_constraints, "critical,CA:TRUE");
    Extend(certificate_, issuer.certificate_, NID_key_usage, "critical,keyCertSign,cRLSign");
    X509_sign(certificate_, issuer.key_, EVP_sha256());
  }
  ~WebAuthority() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  WebAuthority(const WebAuthority&) = delete;
  WebAuthority& operator=(const WebAuthority&) = delete;

  std::string pem() const { return Pem(certificate_); }
  // What a folder of authorities knows it by.
  unsigned long subject_hash() const { return X509_subject_name_hash(certificate_); }

  WebCertificate Issue(const WebCertificateWishes& wishes = {}) const {
    return Make(wishes, certificate_, key_);
  }

  // One that is its own issuer, as `openssl req -x509` makes it.
  static WebCertificate SelfSigned(const WebCertificateWishes& wishes = {}) {
    return Make(wishes, nullptr, nullptr);
  }

 private:
  static WebCertificate Make(const WebCertificateWishes& wishes, X509* issuer, EVP_PKEY* signer) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    Fill(certificate, key, "app.example", wishes);
    X509* by = issuer == nullptr ? certificate : issuer;
    X509_set_issuer_name(certificate, X509_get_subject_name(by));
    if (!wishes.names.empty()) {
      Extend(certificate, by, NID_subject_alt_name, wishes.names.c_str());
    }
    X509_sign(certificate, signer == nullptr ? key : signer, EVP_sha256());
    WebCertificate made{Pem(certificate), KeyPem(key)};
    X509_free(certificate);
    EVP_PKEY_free(key);
    return made;
  }

  static void Fill(X509* certificate, EVP_PKEY* key, const std::string& name,
                   const WebCertificateWishes& wishes) {
    static int64_t serial = 1000;
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), wishes.from);
    X509_gmtime_adj(X509_getm_notAfter(certificate), wishes.until);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  }

  static void Extend(X509* certificate, X509* issuer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  static std::string Text(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<size_t>(size));
    BIO_free(bio);
    return text;
  }
  static std::string Pem(X509* certificate) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate);
    return Text(bio);
  }
  static std::string KeyPem(EVP_PKEY* key) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    return Text(bio);
  }

  friend std::string KeyThatClaims(const WebCertificate& claimed);

  EVP_PKEY* key_;
  X509* certificate_;
};

// A private key whose file says that it belongs to the certificate, and that does not: servers
// compare only the public halves when they start.
inline std::string KeyThatClaims(const WebCertificate& claimed) {
  BIO* bio = BIO_new_mem_buf(claimed.key.data(), static_cast<int>(claimed.key.size()));
  EVP_PKEY* theirs = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  EVP_PKEY* other = EVP_EC_gen("P-256");
  size_t size = 0;
  EVP_PKEY_get_octet_string_param(theirs, OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0, &size);
  std::vector<unsigned char> public_half(size);
  EVP_PKEY_get_octet_string_param(theirs, OSSL_PKEY_PARAM_PUB_KEY, public_half.data(), size, &size);
  BIGNUM* private_half = nullptr;
  EVP_PKEY_get_bn_param(other, OSSL_PKEY_PARAM_PRIV_KEY, &private_half);
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, public_half.data(), size);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, private_half);
  OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
  EVP_PKEY* liar = nullptr;
  EVP_PKEY_fromdata_init(context);
  EVP_PKEY_fromdata(context, &liar, EVP_PKEY_KEYPAIR, parameters);
  const std::string pem = WebAuthority::KeyPem(liar);
  EVP_PKEY_free(liar);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  BN_free(private_half);
  EVP_PKEY_free(other);
  EVP_PKEY_free(theirs);
  return pem;
}

}  // namespace faultline::fakes
