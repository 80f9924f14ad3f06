// A certificate authority of the tests' own that signs what agents ask for.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <string>

#include "common/clock.h"
#include "common/tls/certificate.h"
#include "common/tls/openssl.h"
#include "tests/agent/link/certificates.h"

namespace faultline::link {

class FakeAuthority {
 public:
  FakeAuthority() : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
    const WallTime now = SystemClock().Now();
    Fill(certificate_.get(), key_.get(), "an authority", now - Span::Seconds(7200),
         now + Span::Seconds(1'000'000));
    Extend(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  }

  X509* certificate() const { return certificate_.get(); }
  std::string der() const { return tls::DerOf<i2d_X509>(certificate_.get()); }
  std::string pem() const { return tls::PemOf(certificate_.get()); }

  // DER. `names` as in certificates.h.
  std::string Sign(EVP_PKEY* of, const std::string& names, WallTime begin, WallTime end,
                   const std::string& usage = "clientAuth") const {
    const tls::X509Ptr certificate(X509_new());
    Fill(certificate.get(), of, "host", begin, end);
    Extend(certificate.get(), NID_ext_key_usage, usage);
    if (!names.empty()) Extend(certificate.get(), NID_subject_alt_name, names);
    X509_sign(certificate.get(), key_.get(), EVP_sha256());
    return tls::DerOf<i2d_X509>(certificate.get());
  }
  // For a server.
  testing_certificates::Issued Issue(const std::string& names) const {
    const tls::KeyPtr key(EVP_EC_gen("P-256"));
    const WallTime now = SystemClock().Now();
    const std::string der =
        Sign(key.get(), names, now - Span::Seconds(60), now + Span::Seconds(100'000), "serverAuth");
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const tls::X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    const tls::BioPtr key_pem(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {tls::PemOf(certificate.get()), tls::TextOf(key_pem.get())};
  }
  bool HasSigned(X509* certificate) const { return X509_verify(certificate, key_.get()) == 1; }

 private:
  void Fill(X509* certificate, EVP_PKEY* key, const char* name, WallTime begin,
            WallTime end) const {
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial_);
    ASN1_TIME_set(X509_getm_notBefore(certificate), begin.ns / 1'000'000'000);
    ASN1_TIME_set(X509_getm_notAfter(certificate), end.ns / 1'000'000'000);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate_.get()));
  }
  void Extend(X509* certificate, int nid, const std::string& value) const {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate_.get(), certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  tls::KeyPtr key_;
  tls::X509Ptr certificate_;
  mutable int serial_ = 1;
};

}  // namespace faultline::link
