// Certificates for tests, made by OpenSSL on the spot.
#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <fstream>
#include <memory>
#include <string>

#include "agent/config/config.h"

namespace faultline::testing_certificates {

// As main() does: gRPC 1.51 refuses TLS 1.2 only so. Before anything of gRPC starts.
inline const bool kTls13Only = setenv("GRPC_SSL_CIPHER_SUITES", "PSK-AES128-GCM-SHA256", 1) == 0;

struct Issued {
  std::string certificate;  // PEM
  std::string key;
};

class Authority {
 public:
  Authority() : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
    Fill(certificate_, key_, "test authority", 3600);
    Extend(certificate_, certificate_, NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(certificate_, key_, EVP_sha256());
  }
  ~Authority() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  std::string pem() const { return Pem(certificate_); }

  // `names`: "DNS:faultline-collector", "URI:faultline://shop/db-1?env=prod&role=db"; empty = none.
  Issued Issue(const std::string& names, int64_t seconds = 3600) const {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    Fill(certificate, key, "test", seconds);
    if (!names.empty()) Extend(certificate, certificate_, NID_subject_alt_name, names.c_str());
    X509_sign(certificate, key_, EVP_sha256());
    Issued issued{Pem(certificate), KeyPem(key)};
    X509_free(certificate);
    EVP_PKEY_free(key);
    return issued;
  }

 private:
  void Fill(X509* certificate, EVP_PKEY* key, const char* name, int64_t seconds) const {
    static int serial = 1;
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
    X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate_));
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

  EVP_PKEY* key_;
  X509* certificate_;
};

inline void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text;
}

// DIRECTORY/NAME.ca, .crt and .key: what an agent or a collector is configured with.
inline config::TlsFiles WriteFiles(const std::string& directory, const std::string& name,
                                   const std::string& ca, const Issued& issued) {
  const std::string base = directory + "/" + name;
  WriteFile(base + ".ca", ca);
  WriteFile(base + ".crt", issued.certificate);
  WriteFile(base + ".key", issued.key);
  return {base + ".ca", base + ".crt", base + ".key"};
}

inline constexpr char kAgentName[] = "URI:faultline://shop/db-1?env=prod&role=db";
inline constexpr char kCollectorName[] = "DNS:faultline-collector";

}  // namespace faultline::testing_certificates
