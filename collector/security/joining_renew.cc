// Hosts that renew.
#include "absl/strings/str_cat.h"
#include "collector/security/certificate_request.h"
#include "collector/security/joining.h"
#include "common/tls/certificate.h"

namespace faultline::security {
namespace {

constexpr size_t kMaxCertificateBytes = 8 * 1024;
constexpr size_t kMaxSignatureBytes = 256;

absl::Status Bad(std::string_view field, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(std::string(field), ": ", std::string(what)));
}

}  // namespace

absl::StatusOr<Granted> Joining::Renew(const RenewDemand& demand, const std::string& peer) {
  MutexLock lock(mutex_);
  return RenewLocked(demand, PeerGroup(peer));
}

absl::StatusOr<Granted> Joining::RenewLocked(const RenewDemand& demand, const std::string& peer) {
  if (absl::Status limited = CheckLimits("renew", peer); !limited.ok()) return limited;
  absl::Status bad;
  if (demand.certificate.size() > kMaxCertificateBytes) bad = Bad("certificate", "is too large");
  if (demand.signature.size() > kMaxSignatureBytes) bad = Bad("signature", "is too large");
  const auto* at = reinterpret_cast<const unsigned char*>(demand.certificate.data());
  const X509Ptr shown(
      bad.ok() ? d2i_X509(nullptr, &at, static_cast<long>(demand.certificate.size()))  // NOLINT
               : nullptr);
  ERR_clear_error();
  if (bad.ok() && shown == nullptr) bad = Bad("certificate", "is no certificate in DER form");
  if (!bad.ok()) return Refuse("renew", "bad_request", peer, bad, "");

  Housekeeping();
  const auto stored = registry_->FindCertificate(tls::SerialOf(shown.get()));
  if (!stored.ok()) return Failed("renew", stored.status());
  RenewalFacts facts;
  // Byte for byte what was given: nothing else of a certificate is then left to check.
  facts.known = *stored && (*stored)->der == demand.certificate;
  std::string of;
  if (facts.known) {
    const StoredCertificate& old = **stored;
    of = old.identity.id.host;
    facts.signed_right = SignedBy(
        X509_get0_pubkey(shown.get()),
        absl::StrCat("faultline renew v1", absl::string_view("\0", 1), demand.certificate_request),
        demand.signature);
    facts.revoked = old.revoked_at.ns != 0;
    facts.revoked_why = old.revoked_why;
    facts.not_after = old.not_after;
    const auto held = registry_->CertificatesOf(old.identity.id);
    if (!held.ok()) return Failed("renew", held.status());
    for (const StoredCertificate& each : *held) {
      if (each.serial == old.serial) break;
      facts.newer_in_use = facts.newer_in_use || (each.used && each.revoked_at.ns == 0);
    }
  }
  const Decision decision = DecideRenewal(facts, options_.renew_expired, clock_.Now());
  if (absl::Status status = decision.ToStatus(); !status.ok()) {
    return Refuse("renew", std::string(NameOf(decision.verdict)), peer, status, of);
  }
  const auto key = ParseCertificateRequest(demand.certificate_request);
  if (!key.ok()) return Refuse("renew", "bad_request", peer, key.status(), of);
  StoredCertificate wanted = **stored;
  wanted.key_digest = key->digest;
  wanted.renewed = true;
  wanted.used = false;
  auto granted = Issue(wanted, key->key.get(), {}, (*stored)->serial);
  if (!granted.ok()) return Failed("renew", granted.status());
  ++outcomes_[{"renew", "issued"}];
  return granted;
}

}  // namespace faultline::security
