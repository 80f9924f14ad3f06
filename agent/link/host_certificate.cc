#include "agent/link/host_certificate.h"

#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text.h"
#include "common/tls/certificate.h"
#include "common/tls/openssl.h"

namespace faultline::link {
namespace {

constexpr size_t kMaxDer = 64 * 1024;
constexpr size_t kMaxPemCertificates = 16;

using StorePtr = std::unique_ptr<X509_STORE, tls::FreeBy<X509_STORE_free>>;
using ContextPtr = std::unique_ptr<X509_STORE_CTX, tls::FreeBy<X509_STORE_CTX_free>>;
struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using StackPtr = std::unique_ptr<STACK_OF(X509), FreeStack>;

absl::Status Invalid(absl::string_view text) {
  ERR_clear_error();
  return absl::InvalidArgumentError(text);
}

// Without the time that it is: the same trouble is told in the same words.
absl::Status WrongClock(const char* what, const char* when, WallTime then, const char* how) {
  return absl::UnavailableError(absl::StrCat(what, " ", when, " ", FormatForPeople(then), ", ", how,
                                             " than this host's clock says; is the clock right "
                                             "(timedatectl)?"));
}

absl::Status CheckDates(X509* certificate, const char* what, WallTime now) {
  const absl::StatusOr<Life> life = LifeOf(certificate);
  if (!life.ok()) return Invalid(absl::StrCat(what, " ", life.status().message()));
  if (now + kClockSlack < life->not_before) {
    return WrongClock(what, "begins at", life->not_before, "later");
  }
  if (now >= life->not_after) return WrongClock(what, "ended at", life->not_after, "earlier");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<tls::X509Ptr> ParseDer(std::string_view der) {
  if (der.empty() || der.size() > kMaxDer) return Invalid("is no certificate");
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  tls::X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (certificate == nullptr || at != end) return Invalid("is no certificate");
  return certificate;
}

absl::StatusOr<std::vector<tls::X509Ptr>> ParsePem(std::string_view pem) {
  if (pem.empty()) return Invalid("holds no certificate in PEM form");
  const tls::BioPtr bio = tls::ReadOnly(pem);
  std::vector<tls::X509Ptr> certificates;
  while (certificates.size() <= kMaxPemCertificates) {
    tls::X509Ptr next(PEM_read_bio_X509(bio.get(), nullptr, tls::NoPassword, nullptr));
    if (next == nullptr) break;
    certificates.push_back(std::move(next));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (certificates.empty() || !at_end) return Invalid("holds no certificate in PEM form");
  return certificates;
}

absl::StatusOr<Life> LifeOf(X509* certificate) {
  const std::optional<WallTime> begin = tls::TimeOf(X509_get0_notBefore(certificate));
  const std::optional<WallTime> end = tls::TimeOf(X509_get0_notAfter(certificate));
  if (!begin || !end) return Invalid("has a date that is none");
  if (*end <= *begin) return Invalid("ends before it begins");
  return Life{*begin, *end};
}

absl::Status CheckAuthority(X509* authority, WallTime now) {
  if (X509_check_ca(authority) != 1 ||
      X509_NAME_cmp(X509_get_subject_name(authority), X509_get_issuer_name(authority)) != 0 ||
      X509_verify(authority, X509_get0_pubkey(authority)) != 1) {
    return Invalid("the authority's certificate is not that of an authority");
  }
  return CheckDates(authority, "the authority's certificate", now);
}

absl::Status CheckChain(const std::vector<tls::X509Ptr>& chain,
                        const std::vector<tls::X509Ptr>& authorities) {
  const StorePtr store(X509_STORE_new());
  const ContextPtr context(X509_STORE_CTX_new());
  const StackPtr between(sk_X509_new_null());
  for (const tls::X509Ptr& authority : authorities) {
    X509_STORE_add_cert(store.get(), authority.get());
  }
  for (size_t i = 1; i < chain.size(); ++i) sk_X509_push(between.get(), chain[i].get());
  if (X509_STORE_CTX_init(context.get(), store.get(), chain[0].get(), between.get()) != 1) {
    return Invalid("OpenSSL has no memory left");
  }
  // The dates are looked at elsewhere, with words of their own.
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_CLIENT);
  if (X509_verify_cert(context.get()) != 1) {
    return Invalid(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
  }
  return absl::OkStatus();
}

std::string Fingerprint(X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return "";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    absl::StrAppendFormat(&text, "%s%02X", i == 0 ? "" : ":", digest[i]);
  }
  return text;
}

absl::StatusOr<HostIdentity> IdentityOf(X509* certificate) {
  std::optional<HostIdentity> found;
  for (const std::string& uri : tls::UriNames(certificate)) {
    absl::StatusOr<HostIdentity> identity = ParseIdentityUri(uri);
    if (!identity.ok()) return identity.status();
    if (found.has_value()) return Invalid("the certificate has more than one identity");
    found = *std::move(identity);
  }
  if (!found.has_value()) return Invalid("the certificate has no faultline:// identity");
  return *std::move(found);
}

absl::Status CheckHostCertificate(const std::vector<tls::X509Ptr>& chain,
                                  const std::vector<tls::X509Ptr>& authorities, const HostKey& key,
                                  const std::string& host, WallTime now) {
  if (chain.empty() || authorities.empty()) {
    return Invalid("the answer lacks the certificate or its authority");
  }
  X509* const leaf = chain[0].get();
  if (!key.BelongsTo(leaf)) return Invalid("the certificate in the answer is not of our key");
  if (absl::Status chained = CheckChain(chain, authorities); !chained.ok()) {
    return Invalid(absl::StrCat("the certificate in the answer is not of the proven authority: ",
                                chained.message()));
  }
  const absl::StatusOr<HostIdentity> identity = IdentityOf(leaf);
  if (!identity.ok()) return identity.status();
  if (identity->id.host != host) {
    return Invalid(absl::StrCat("the certificate in the answer is of host \"",
                                CleanText(identity->id.host, 63), "\", and this host is \"", host,
                                "\""));
  }
  return CheckDates(leaf, "the certificate in the answer", now);
}

}  // namespace faultline::link
