#include "collector/security/issue.h"

#include <openssl/ec.h>

#include <initializer_list>
#include <utility>

#include "collector/security/digest.h"
#include "common/tls/certificate.h"

namespace faultline::security {
namespace {

constexpr size_t kSerialBytes = 16;

struct Name {
  int type;  // GEN_DNS, GEN_IPADD, GEN_URI
  std::string text;
};

// One certificate in the making. The first failure sticks.
class Draft {
 public:
  Draft(EVP_PKEY* key, const std::string& common_name, const Validity& validity)
      : certificate_(X509_new()) {
    Note(certificate_ != nullptr && X509_set_version(certificate_.get(), X509_VERSION_3) == 1 &&
         X509_set_pubkey(certificate_.get(), key) == 1);
    if (!fine_) return;
    // Random, positive and always of the same length: it starts with 1 to 127.
    std::string serial = RandomBytes(kSerialBytes);
    serial[0] = static_cast<char>((static_cast<unsigned char>(serial[0]) & 0x7eU) | 1U);
    const tls::NumberPtr number(BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()),
                                          static_cast<int>(serial.size()), nullptr));
    Note(number != nullptr &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate_.get())) != nullptr);
    X509_NAME* const subject = X509_get_subject_name(certificate_.get());
    Note(AddTo(subject, "O", "Faultline") && AddTo(subject, "CN", common_name));
    Note(ASN1_TIME_set(X509_getm_notBefore(certificate_.get()),
                       static_cast<time_t>(validity.not_before.ns / Span::Seconds(1).ns)) !=
         nullptr);
    Note(ASN1_TIME_set(X509_getm_notAfter(certificate_.get()),
                       static_cast<time_t>(validity.not_after.ns / Span::Seconds(1).ns)) !=
         nullptr);
  }

  // nullptr: by itself.
  void IssuedBy(X509* authority) {
    if (!fine_) return;
    issuer_ = authority == nullptr ? certificate_.get() : authority;
    Note(X509_set_issuer_name(certificate_.get(), X509_get_subject_name(issuer_)) == 1);
  }

  void Extend(int nid, const char* value) {
    if (!fine_) return;
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer_, certificate_.get(), nullptr, nullptr, 0);
    const tls::ExtensionPtr extension(X509V3_EXT_nconf_nid(nullptr, &context, nid, value));
    Note(extension != nullptr && X509_add_ext(certificate_.get(), extension.get(), -1) == 1);
  }

  // Not by OpenSSL's text form, in which a name could bring a second one along.
  void AddNames(std::initializer_list<Name> all) {
    if (!fine_) return;
    const tls::NamesPtr names(sk_GENERAL_NAME_new_null());
    Note(names != nullptr);
    for (const Name& each : all) {
      if (!fine_) return;
      GENERAL_NAME* const name =
          a2i_GENERAL_NAME(nullptr, nullptr, nullptr, each.type, each.text.c_str(), 0);
      Note(name != nullptr && sk_GENERAL_NAME_push(names.get(), name) > 0);
    }
    Note(X509_add1_ext_i2d(certificate_.get(), NID_subject_alt_name, names.get(), 0,
                           X509V3_ADD_DEFAULT) == 1);
  }

  absl::StatusOr<tls::X509Ptr> Sign(EVP_PKEY* key) {
    Note(fine_ && X509_sign(certificate_.get(), key, EVP_sha256()) > 0);
    if (!fine_) return tls::OpensslError("make a certificate");
    return std::move(certificate_);
  }

 private:
  static bool AddTo(X509_NAME* subject, const char* field, const std::string& text) {
    return X509_NAME_add_entry_by_txt(subject, field, MBSTRING_ASC,
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()), -1, 0) == 1;
  }
  void Note(bool fine) { fine_ = fine_ && fine; }

  tls::X509Ptr certificate_;
  X509* issuer_ = nullptr;
  bool fine_ = true;
};

absl::StatusOr<tls::X509Ptr> MakeLeaf(const Issuer& issuer, EVP_PKEY* key, const std::string& name,
                                      const char* usage, std::initializer_list<Name> names,
                                      const Validity& validity) {
  Draft draft(key, name, validity);
  draft.IssuedBy(issuer.authority);
  draft.Extend(NID_basic_constraints, "critical,CA:FALSE");
  draft.Extend(NID_key_usage, "critical,digitalSignature");
  draft.Extend(NID_ext_key_usage, usage);
  draft.AddNames(names);
  draft.Extend(NID_subject_key_identifier, "hash");
  draft.Extend(NID_authority_key_identifier, "keyid:always");
  return draft.Sign(issuer.key);
}

}  // namespace

absl::StatusOr<tls::KeyPtr> NewKey() {
  tls::KeyPtr key(EVP_EC_gen("P-256"));
  if (key == nullptr) return tls::OpensslError("make a key");
  return key;
}

absl::StatusOr<tls::X509Ptr> MakeAuthorityCertificate(EVP_PKEY* key, const Validity& validity) {
  // The name tells authorities apart in other programs; ours go by the key.
  Draft draft(key, absl::StrCat("Faultline authority ", Hex(RandomBytes(4))), validity);
  draft.IssuedBy(nullptr);
  draft.Extend(NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  draft.Extend(NID_key_usage, "critical,keyCertSign,cRLSign");
  draft.Extend(NID_subject_key_identifier, "hash");
  return draft.Sign(key);
}

absl::StatusOr<tls::X509Ptr> MakeHostCertificate(const Issuer& issuer, EVP_PKEY* key,
                                                 const HostIdentity& identity,
                                                 const Validity& validity) {
  return MakeLeaf(issuer, key, identity.id.host, "clientAuth", {{GEN_URI, IdentityUri(identity)}},
                  validity);
}

absl::StatusOr<tls::X509Ptr> MakeCollectorCertificate(const Issuer& issuer, EVP_PKEY* key,
                                                      const Validity& validity) {
  return MakeLeaf(issuer, key, "faultline-collector", "serverAuth",
                  {{GEN_DNS, "faultline-collector"},
                   {GEN_DNS, "localhost"},
                   {GEN_IPADD, "127.0.0.1"},
                   {GEN_IPADD, "::1"}},
                  validity);
}

Validity ValidityOf(const X509* certificate) {
  return {tls::TimeOf(X509_get0_notBefore(certificate)).value_or(WallTime{}),
          tls::TimeOf(X509_get0_notAfter(certificate)).value_or(WallTime{})};
}

}  // namespace faultline::security
