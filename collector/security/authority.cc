#include "collector/security/authority.h"

#include <openssl/pem.h>

#include <algorithm>

#include "common/tls/certificate.h"

namespace faultline::security {
namespace {

absl::Status BadContent(const std::string& directory, std::string_view what) {
  ERR_clear_error();
  return absl::FailedPreconditionError(
      absl::StrCat("authority.directory: in ", directory, " ", std::string(what)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Authority>> Authority::OpenOrMake(const std::string& directory,
                                                                 WallTime now) {
  auto files = ReadOrMakeAuthorityFiles(directory, now);
  if (!files.ok()) return files.status();
  return Of(*files, directory, now);
}

absl::StatusOr<std::unique_ptr<Authority>> Authority::Open(const std::string& directory,
                                                           WallTime now) {
  auto files = ReadAuthorityFiles(directory);
  if (!files.ok()) return files.status();
  return Of(*files, directory, now);
}

absl::StatusOr<std::unique_ptr<Authority>> Authority::Of(const AuthorityFiles& files,
                                                         const std::string& directory,
                                                         WallTime now) {
  std::unique_ptr<Authority> authority(new Authority);
  authority->is_new_ = files.is_new;
  authority->key_.reset(
      PEM_read_bio_PrivateKey(tls::ReadOnly(files.key).get(), nullptr, tls::NoPassword, nullptr));
  if (authority->key_ == nullptr)
    return BadContent(directory, "ca.key holds no private key in PEM form");
  authority->certificate_.reset(
      PEM_read_bio_X509(tls::ReadOnly(files.certificate).get(), nullptr, tls::NoPassword, nullptr));
  X509* const certificate = authority->certificate_.get();
  if (certificate == nullptr)
    return BadContent(directory, "ca.crt holds no certificate in PEM form");
  if (X509_check_private_key(certificate, authority->key_.get()) != 1) {
    return BadContent(directory,
                      "ca.key does not belong to ca.crt; put the two that were made together");
  }
  if (X509_check_ca(certificate) != 1) return BadContent(directory, "ca.crt is not an authority's");
  authority->validity_ = ValidityOf(certificate);
  if (authority->validity_.not_after <= now) {
    return BadContent(
        directory,
        absl::StrCat("the authority ended at ", FormatForPeople(authority->validity_.not_after),
                     "; if this machine's clock is right, name an empty "
                     "directory to begin anew (every host must then join again)"));
  }
  authority->der_ = tls::DerOf<i2d_X509>(certificate);
  authority->pem_ = tls::PemOf(certificate);
  if (authority->der_.empty() || authority->pem_.empty()) return tls::OpensslError("encode ca.crt");
  return authority;
}

absl::StatusOr<IssuedCertificate> Authority::IssueHost(EVP_PKEY* key, const HostIdentity& identity,
                                                       WallTime now, Span life) const {
  if (absl::Status clock = CheckClock(now); !clock.ok()) return clock;
  const WallTime begin{now.ns / Span::Seconds(1).ns * Span::Seconds(1).ns};
  if (begin >= validity_.not_after) {
    return absl::FailedPreconditionError(absl::StrCat("the authority ended at ",
                                                      FormatForPeople(validity_.not_after),
                                                      "; is this machine's clock right?"));
  }
  const Validity validity{begin, std::min(begin + life, validity_.not_after)};
  auto certificate = MakeHostCertificate(issuer(), key, identity, validity);
  if (!certificate.ok()) return certificate.status();
  IssuedCertificate issued{tls::DerOf<i2d_X509>(certificate->get()),
                           tls::SerialOf(certificate->get()), ValidityOf(certificate->get())};
  if (issued.der.empty() || issued.serial.empty()) return tls::OpensslError("encode a certificate");
  return issued;
}

absl::StatusOr<ServerCertificate> Authority::IssueServer() const {
  auto key = NewKey();
  if (!key.ok()) return key.status();
  auto certificate = MakeCollectorCertificate(issuer(), key->get(), validity_);
  if (!certificate.ok()) return certificate.status();
  const tls::BioPtr pem(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PrivateKey(pem.get(), key->get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return tls::OpensslError("write a key");
  }
  return ServerCertificate{pem_, tls::PemOf(certificate->get()), tls::TextOf(pem.get())};
}

}  // namespace faultline::security
